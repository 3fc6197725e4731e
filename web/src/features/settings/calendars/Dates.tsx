import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/calendars/Calendars.module.css";
import { nextSpan } from "@/features/settings/calendars/week";
import { AddButton, Spans } from "@/features/settings/calendars/Week";
import { calendars as api, type CalendarSpec, type DayException, type Imported, type OwnHoliday } from "@/features/settings/sla/api";
import { now } from "@/lib/clock";
import { Plus, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Failed } from "@/ui/states";

interface Props {
  spec: CalendarSpec;
  onChange: (spec: CalendarSpec) => void;
}

const today = () => new Date(now()).toISOString().slice(0, 10);

/** Days that are not like others: closed ones, and ones with hours of their own. */
export function Dates({ spec, onChange }: Props) {
  const { t } = useTranslation("sla");
  const setOwn = (own_holidays: OwnHoliday[]) => onChange({ ...spec, own_holidays });
  const setExceptions = (exceptions: DayException[]) => onChange({ ...spec, exceptions });
  return (
    <>
      <fieldset className={classes.group}>
        <legend>{t("holiday.own")}</legend>
        {spec.own_holidays.map((holiday, index) => {
          const set = (change: Partial<OwnHoliday>) => setOwn(spec.own_holidays.with(index, { ...holiday, ...change }));
          return (
            <div key={index} className={classes.dated}>
              <input type="date" required aria-label={t("holiday.date")} value={holiday.date} onChange={(event) => event.currentTarget.value && set({ date: event.currentTarget.value })} />
              <input type="text" className={classes.grow} aria-label={t("holiday.name")} placeholder={t("holiday.name")} maxLength={200} value={holiday.name} onChange={(event) => set({ name: event.currentTarget.value })} />
              <label>
                <input type="checkbox" checked={holiday.yearly} onChange={(event) => set({ yearly: event.currentTarget.checked })} /> {t("holiday.yearly")}
              </label>
              <IconButton icon={X} iconSize={14} label={t("remove", { name: holiday.name || holiday.date })} onClick={() => setOwn(spec.own_holidays.toSpliced(index, 1))} />
            </div>
          );
        })}
        <div className={classes.adds}>
          <AddButton label={t("holiday.addOwn")} onClick={() => setOwn([...spec.own_holidays, { date: today(), name: "", yearly: false }])} />
          <Import spec={spec} onRead={setOwn} />
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t("holiday.exceptions")}</legend>
        <p className={classes.hint}>{t("holiday.exceptionsHint")}</p>
        {spec.exceptions.map((exception, index) => {
          const set = (change: Partial<DayException>) => setExceptions(spec.exceptions.with(index, { ...exception, ...change }));
          const name = exception.name || exception.date;
          return (
            <div key={index} className={classes.dated}>
              <input type="date" required aria-label={t("holiday.date")} value={exception.date} onChange={(event) => event.currentTarget.value && set({ date: event.currentTarget.value })} />
              <input type="text" className={classes.grow} aria-label={t("holiday.name")} placeholder={t("holiday.name")} maxLength={200} value={exception.name} onChange={(event) => set({ name: event.currentTarget.value })} />
              <Spans spans={exception.openings} of={name} closedText={t("calendar.closed")} onChange={(openings) => set({ openings })} />
              <IconButton icon={Plus} iconSize={16} label={t("calendar.addOpening", { day: name })} onClick={() => set({ openings: [...exception.openings, nextSpan(exception.openings)] })} />
              <IconButton icon={X} iconSize={14} label={t("remove", { name })} onClick={() => setExceptions(spec.exceptions.toSpliced(index, 1))} />
            </div>
          );
        })}
        <span className={classes.addAt}>
          <AddButton label={t("holiday.addException")} onClick={() => setExceptions([...spec.exceptions, { date: today(), name: "", openings: [{ open: "10:00", close: "14:00" }] }])} />
        </span>
      </fieldset>
    </>
  );
}

/** Holidays from a calendar file: taken over into the list, with what was left out and why. */
function Import({ spec, onRead }: { spec: CalendarSpec; onRead: (holidays: OwnHoliday[]) => void }) {
  const { t, i18n } = useTranslation("sla");
  const field = useRef<HTMLInputElement>(null);
  const [read, setRead] = useState<(Imported & { fresh: number }) | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    try {
      const found = await api.read(file);
      const known = new Set(spec.own_holidays.map((each) => `${each.date}${each.yearly}`));
      const fresh = found.holidays.filter((each) => !known.has(`${each.date}${each.yearly}`));
      setRead({ ...found, fresh: fresh.length });
      onRead([...spec.own_holidays, ...fresh].toSorted((a, b) => (a.date < b.date ? -1 : 1)));
    } catch (error) {
      setRead(null);
      setProblem(error);
    }
  };
  const reason = (code: string) => (i18n.exists(`sla:ical.${code}`) ? String(t(`ical.${code}` as "ical.timed")) : code);
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => field.current?.click()}>
        {t("ical.choose")}
      </Button>
      <input
        ref={field}
        type="file"
        accept=".ics,text/calendar"
        hidden
        aria-label={t("ical.choose")}
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      {problem !== null && <Failed error={problem} compact />}
      {read && (
        <div className={classes.read} role="status">
          <p>{t("ical.read", { count: read.fresh })}</p>
          {read.skipped.length > 0 && (
            <details open>
              <summary>{t("ical.skipped", { count: read.skipped.length })}</summary>
              <ul>
                {read.skipped.map((each, index) => (
                  <li key={index}>{t("ical.line", { name: each.name || t("ical.unnamed"), reason: reason(each.reason) })}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
    </>
  );
}
