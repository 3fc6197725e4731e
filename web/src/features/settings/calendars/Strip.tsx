import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { placeInDay } from "@/features/settings/calendars/week";
import { calendars as api, slaKeys, type CalendarSpec, type Strip, type StripDay } from "@/features/settings/sla/api";
import { Cautions } from "@/features/settings/sla/Cautions";
import { useSettled } from "@/features/settings/sla/ChangePreview";
import classes from "@/features/settings/calendars/Calendars.module.css";
import { useNow } from "@/lib/clock";
import { useLocale } from "@/ui/i18n";

function useStrip(spec: CalendarSpec) {
  const settled = useSettled(spec);
  return useQuery({
    queryKey: slaKeys.strip(settled),
    queryFn: ({ signal }) => api.strip(settled, signal),
    placeholderData: (before) => before,
    staleTime: 60_000,
    gcTime: 60_000,
    refetchInterval: 60_000,
    retry: false,
  });
}

/** "Open now", or when it opens next, in the calendar's own time. */
export function OpenNow({ spec }: { spec: CalendarSpec }) {
  const { data } = useStrip(spec);
  return <p className={classes.openNow}>{data ? <NowSentence strip={data} /> : "\u00a0"}</p>;
}

function NowSentence({ strip }: { strip: Strip }) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  if (strip.open_now) return <span data-open>{t("calendar.openNow")}</span>;
  if (!strip.opens_at) return <span>{t("calendar.neverOpens")}</span>;
  const at = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: strip.zone }).format(Date.parse(strip.opens_at));
  return <span>{t("calendar.opensAt", { at })}</span>;
}

/** The next two weeks, a line a day: what saving these hours means. */
export function TwoWeeks({ spec }: { spec: CalendarSpec }) {
  const { t } = useTranslation("sla");
  const { data, error } = useStrip(spec);
  return (
    <section className={classes.weeks} aria-label={t("calendar.strip")}>
      <h3>{t("calendar.strip")}</h3>
      {error ? <p className={classes.wrong} role="alert">{t("calendar.stripWrong")}</p> : null}
      {data && (
        <>
          <p className={classes.openNow} role="status">
            <NowSentence strip={data} />
          </p>
          <div className={classes.hours} aria-hidden>
            {[0, 6, 12, 18, 24].map((hour) => (
              <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>{hour}</span>
            ))}
          </div>
          <ol>
            {data.days.map((day, index) => (
              <DayLine key={day.date} day={day} zone={data.zone} today={index === 0} />
            ))}
          </ol>
          <Cautions cautions={data.warnings} />
        </>
      )}
    </section>
  );
}

function DayLine({ day, zone, today }: { day: StripDay; zone: string; today: boolean }) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const now = useNow();
  const name = new Intl.DateTimeFormat(locale, { weekday: "short", day: "2-digit", month: "2-digit", timeZone: "UTC" }).format(Date.parse(`${day.date}T12:00:00Z`));
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const said = day.openings.map((each) => clock.formatRange(Date.parse(each.start), Date.parse(each.end))).join(", ");
  const reason = day.exception ?? day.holiday;
  return (
    <li className={classes.dayLine} data-special={reason !== null || undefined}>
      <span className={classes.dayName}>{name}</span>
      <span className={classes.bar} title={said || t("calendar.closed")}>
        <span className="sr-only">{said || t("calendar.closed")}</span>
        {day.openings.map((each) => {
          const [from, to] = [placeInDay(each.start, zone, false), placeInDay(each.end, zone, true)];
          return <span key={each.start} className={classes.open} style={{ left: `${from * 100}%`, width: `${Math.max(0, to - from) * 100}%` }} />;
        })}
        {today && <span className={classes.now} style={{ left: `${placeInDay(new Date(now).toISOString(), zone, false) * 100}%` }} />}
      </span>
      <span className={`${classes.reason} truncate`} title={reason ?? undefined}>
        {reason || (day.exception !== null ? t("calendar.exception") : day.holiday !== null ? t("calendar.holiday") : day.openings.length === 0 ? t("calendar.closed") : "")}
      </span>
    </li>
  );
}
