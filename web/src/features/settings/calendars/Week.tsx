import { Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/calendars/Calendars.module.css";
import { closing, copied, DAYS, inField, isOvernight, nextSpan, openingsOf, withDay } from "@/features/settings/calendars/week";
import type { CalendarSpec, Day, Span } from "@/features/settings/sla/api";
import { useLocale } from "@/ui/i18n";
import { Copy, Plus, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

interface Props {
  spec: CalendarSpec;
  wrong: Set<Day>;
  onChange: (spec: CalendarSpec) => void;
}

export function dayName(day: Day, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));
}

/** Several openings a day by time fields; a closing time before the opening one is on the next day. */
export function Week({ spec, wrong, onChange }: Props) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  return (
    <fieldset className={classes.group}>
      <legend>{t("calendar.week")}</legend>
      {DAYS.map((day) => {
        const spans = openingsOf(spec, day);
        const name = dayName(day, locale);
        return (
          <div key={day} className={classes.day} role="group" aria-label={name}>
            <span className={classes.dayTitle}>{name}</span>
            <Spans spans={spans} of={name} closedText={t("calendar.closed")} onChange={(next) => onChange(withDay(spec, day, next))} />
            <span className={classes.dayTools}>
              <IconButton icon={Plus} iconSize={16} label={t("calendar.addOpening", { day: name })} onClick={() => onChange(withDay(spec, day, [...spans, nextSpan(spans)]))} />
              <Menu position="bottom-end">
                <Menu.Target>
                  <IconButton icon={Copy} iconSize={16} label={t("calendar.copy", { day: name })} />
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => onChange(copied(spec, day, DAYS.slice(0, 5)))}>{t("calendar.toWorkdays")}</Menu.Item>
                  <Menu.Item onClick={() => onChange(copied(spec, day, DAYS))}>{t("calendar.toAll")}</Menu.Item>
                  <Menu.Divider />
                  {DAYS.filter((each) => each !== day).map((each) => (
                    <Menu.Item key={each} onClick={() => onChange(copied(spec, day, [each]))}>
                      {dayName(each, locale)}
                    </Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            </span>
            {wrong.has(day) && <p className={classes.wrong}>{t("calendar.overlap")}</p>}
          </div>
        );
      })}
    </fieldset>
  );
}

interface SpansProps {
  spans: Span[];
  of: string;
  closedText: string;
  onChange: (spans: Span[]) => void;
}

export function Spans({ spans, of, closedText, onChange }: SpansProps) {
  const { t } = useTranslation("sla");
  const set = (at: number, change: Partial<Span>) => onChange(spans.map((each, index) => (index === at ? { ...each, ...change } : each)));
  if (spans.length === 0) return <span className={classes.closed}>{closedText}</span>;
  return (
    <span className={classes.spans}>
      {spans.map((span, index) => (
        <span key={index} className={classes.span}>
          <input type="time" required aria-label={t("calendar.opensOn", { day: of })} value={span.open} onChange={(event) => event.currentTarget.value && set(index, { open: event.currentTarget.value })} />
          <span aria-hidden>–</span>
          <input type="time" required aria-label={t("calendar.closesOn", { day: of })} value={inField(span.close)} onChange={(event) => event.currentTarget.value && set(index, { close: closing(event.currentTarget.value) })} />
          {isOvernight(span) && <small>{t("calendar.nextDay")}</small>}
          <IconButton icon={X} iconSize={14} label={t("calendar.removeOpening", { day: of })} onClick={() => onChange(spans.toSpliced(index, 1))} />
        </span>
      ))}
    </span>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button variant="default" size="compact-sm" leftSection={<Plus size={14} />} onClick={onClick}>
      {label}
    </Button>
  );
}
