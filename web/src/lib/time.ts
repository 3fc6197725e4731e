const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>();

function cached<T extends Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>(key: string, make: () => T): T {
  let format = formats.get(key);
  if (!format) {
    format = make();
    formats.set(key, format);
  }
  return format as T;
}

function dateFormat(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached(`${locale}:${name}`, () => new Intl.DateTimeFormat(locale, options));
}

/** "4 min", "3 h", "Tue", "12 Nov": what fits into a list row. */
export function shortAge(iso: string, at: number, locale: string): string {
  const time = Date.parse(iso);
  const age = at - time;
  if (age < MINUTE) return cached(`${locale}:now`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" })).format(0, "second");
  if (age < HOUR) return unit(locale, "minute", Math.floor(age / MINUTE));
  if (age < DAY) return unit(locale, "hour", Math.floor(age / HOUR));
  if (age < 6 * DAY) return dateFormat(locale, "weekday", { weekday: "short" }).format(time);
  const sameYear = new Date(time).getFullYear() === new Date(at).getFullYear();
  return sameYear
    ? dateFormat(locale, "dayMonth", { day: "numeric", month: "short" }).format(time)
    : dateFormat(locale, "dayMonthYear", { day: "2-digit", month: "2-digit", year: "2-digit" }).format(time);
}

function unit(locale: string, name: "minute" | "hour" | "day" | "second", value: number): string {
  return cached(`${locale}:unit:${name}`, () => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" })).format(value);
}

/** A span in its two largest units: "19 h 5 min", "2 days 3 h", "40 sec". */
export function span(milliseconds: number, locale: string): string {
  const left = Math.max(0, milliseconds);
  if (left < MINUTE) return unit(locale, "second", Math.floor(left / 1000));
  if (left < HOUR) return unit(locale, "minute", Math.floor(left / MINUTE));
  const [large, small] =
    left < DAY
      ? [unit(locale, "hour", Math.floor(left / HOUR)), Math.floor((left % HOUR) / MINUTE)]
      : [unit(locale, "day", Math.floor(left / DAY)), Math.floor((left % DAY) / HOUR)];
  if (small === 0) return large;
  return `${large} ${unit(locale, left < DAY ? "minute" : "hour", small)}`;
}

export function clockTime(iso: string, locale: string): string {
  return dateFormat(locale, "clock", { timeStyle: "short" }).format(Date.parse(iso));
}

export function fullTime(iso: string, locale: string): string {
  return dateFormat(locale, "full", { dateStyle: "full", timeStyle: "medium" }).format(Date.parse(iso));
}

export function dateTime(iso: string, locale: string): string {
  return dateFormat(locale, "dateTime", { dateStyle: "medium", timeStyle: "short" }).format(Date.parse(iso));
}

export function date(iso: string, locale: string): string {
  return dateFormat(locale, "date", { dateStyle: "medium" }).format(Date.parse(iso));
}

/** The heading of a day: "Today", "Yesterday", "Tuesday, 17 November". */
export function dayName(iso: string, at: number, locale: string): string {
  const time = new Date(iso);
  const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  const days = Math.round((midnight(time) - midnight(new Date(at))) / DAY);
  if (days === 0 || days === -1) {
    const text = cached(`${locale}:relativeDay`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" })).format(days, "day");
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  }
  const withYear = time.getFullYear() !== new Date(at).getFullYear();
  return dateFormat(locale, `day:${withYear}`, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: withYear ? "numeric" : undefined,
  }).format(time);
}

export function dayKey(iso: string): string {
  const time = new Date(iso);
  return `${time.getFullYear()}-${time.getMonth()}-${time.getDate()}`;
}

/** "English", "Deutsch": a language's name in the page's own language; the code itself where nobody knows it. */
export function languageName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function number(value: number, locale: string): string {
  return cached(`${locale}:number`, () => new Intl.NumberFormat(locale)).format(value);
}

export function fileSize(bytes: number, locale: string): string {
  const [value, name] = bytes < 1_000_000 ? [Math.max(1, bytes / 1000), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return cached(`${locale}:${name}`, () => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: name === "megabyte" ? 1 : 0 })).format(value);
}

export function playTime(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
