import { useNow } from "@/lib/clock";
import { clockTime, dateTime, fullTime, shortAge } from "@/lib/time";
import { useLocale } from "@/ui/i18n";

/** How long ago, kept current; the exact time as a tooltip. */
export function Age({ at, className }: { at: string; className?: string }) {
  const locale = useLocale();
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at, locale)} className={className}>
      {shortAge(at, Math.max(now, Date.parse(at)), locale)}
    </time>
  );
}

export function When({ at }: { at: string }) {
  const locale = useLocale();
  return (
    <time dateTime={at} title={fullTime(at, locale)}>
      {dateTime(at, locale)}
    </time>
  );
}

/** The time of day, where a heading tells the day. */
export function Clock({ at }: { at: string }) {
  const locale = useLocale();
  return (
    <time dateTime={at} title={fullTime(at, locale)}>
      {clockTime(at, locale)}
    </time>
  );
}
