import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { WorkingHours } from "@/api/types";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useLocale } from "@/ui/i18n";
import { Plus, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const OFFICE: [string, string] = ["09:00", "17:00"];

type Span = [string, string];

export function officeHours(): WorkingHours {
  const week = Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [OFFICE]]));
  return { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, week };
}

/** 1 January 2024 was a Monday. */
function dayName(index: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index));
}

/** A week of working hours: any number of spans a day, also past midnight. */
export function HoursEditor({ value, onChange, error }: { value: WorkingHours; onChange: (value: WorkingHours) => void; error?: string }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const spansOf = (day: string) => (value.week[day] ?? []) as Span[];
  const put = (day: string, spans: Span[]) => onChange({ ...value, week: { ...value.week, [day]: spans } });
  return (
    <div className={own.hours}>
      <TextInput label={t("team.zone")} list="zones" value={value.zone} onChange={(event) => onChange({ ...value, zone: event.currentTarget.value })} error={error} />
      <datalist id="zones">
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone}>
              {zone}
            </option>
        ))}
      </datalist>
      <ul>
        {DAYS.map((day, index) => {
          const name = dayName(index, locale);
          const spans = spansOf(day);
          return (
            <li key={day}>
              <span className={own.day}>{name}</span>
              <span className={own.spans}>
                {spans.length === 0 && <span className={classes.dim}>{t("team.free")}</span>}
                {spans.map((span, at) => (
                  <span key={at} className={own.span}>
                    {([0, 1] as const).map((end) => (
                      <input
                        key={end}
                        type="time"
                        className={classes.select}
                        value={span[end] === "24:00" ? "00:00" : span[end]}
                        aria-label={`${name}: ${t(end === 0 ? "team.from" : "team.to")}`}
                        onChange={(event) => put(day, spans.map((other, place) => (place === at ? withEnd(span, end, event.currentTarget.value) : other)))}
                      />
                    ))}
                    <IconButton icon={X} label={t("team.removeSpan", { day: name })} onClick={() => put(day, spans.filter((_, place) => place !== at))} />
                  </span>
                ))}
                <IconButton icon={Plus} label={t("team.addSpan", { day: name })} onClick={() => put(day, [...spans, OFFICE])} />
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Midnight as the end of a day is written 24:00. */
function withEnd(span: Span, end: 0 | 1, time: string): Span {
  return end === 0 ? [time, span[1]] : [span[0], time === "00:00" ? "24:00" : time];
}
