import type { CalendarSpec, Day, Opening, Span } from "@/features/settings/sla/api";

export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY = 24 * 60;
const WEEK = 7 * DAY;

export function minutesOf(time: string): number {
  const [hours = "0", minutes = "0"] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A time field knows no 24:00: midnight as a closing time is the end of the day. */
export const closing = (field: string) => (field === "00:00" ? "24:00" : field);
export const inField = (time: string) => (time === "24:00" ? "00:00" : time);

/** Whether it closes on the next day. Midnight itself is still the same one. */
export function isOvernight({ open, close }: Span): boolean {
  return minutesOf(close) < minutesOf(open) && minutesOf(close) > 0;
}

export function openingsOf(spec: CalendarSpec, day: Day): Opening[] {
  return spec.openings.filter((each) => each.day === day).toSorted((a, b) => minutesOf(a.open) - minutesOf(b.open));
}

/** What a further opening starts with: after the last one of the day, or the usual hours. */
export function nextSpan(spans: Span[]): Span {
  const last = spans.at(-1);
  if (!last) return { open: "09:00", close: "17:00" };
  const from = isOvernight(last) ? DAY : minutesOf(last.close);
  const open = Math.min(from + 60, DAY - 60);
  return { open: timeOf(open), close: timeOf(Math.min(open + 240, DAY)) };
}

export function withDay(spec: CalendarSpec, day: Day, spans: Span[]): CalendarSpec {
  const rest = spec.openings.filter((each) => each.day !== day);
  const openings = [...rest, ...spans.map(({ open, close }) => ({ day, open, close }))];
  return { ...spec, openings: openings.toSorted((a, b) => DAYS.indexOf(a.day) - DAYS.indexOf(b.day)) };
}

export function copied(spec: CalendarSpec, from: Day, to: readonly Day[]): CalendarSpec {
  return to.reduce((changed, day) => withDay(changed, day, openingsOf(spec, from)), spec);
}

function ofWeek({ day, open, close }: Opening): [number, number] {
  const shift = DAYS.indexOf(day) * DAY;
  const [start, end] = [minutesOf(open), minutesOf(close)];
  return [start + shift, (end > start ? end : end + DAY) + shift];
}

/** Days on which an opening runs into another one, also from Sunday night into Monday. */
export function overlapping(spec: CalendarSpec): Set<Day> {
  const found = new Set<Day>();
  const placed = spec.openings.map((each) => ({ day: each.day, range: ofWeek(each) }));
  placed.forEach((one, index) => {
    for (const other of placed.slice(index + 1)) {
      const meet = [-WEEK, 0, WEEK].some((shift) => one.range[0] < other.range[1] + shift && other.range[0] + shift < one.range[1]);
      if (meet) found.add(one.day).add(other.day);
    }
  });
  return found;
}

/** Open minutes of an ordinary week. */
export function weekMinutes(spec: CalendarSpec): number {
  return spec.openings.reduce((total, each) => {
    const [start, end] = ofWeek(each);
    return total + end - start;
  }, 0);
}

/** Where an instant lies in its day of the zone, 0…1. The midnight that ends the day is 1. */
export function placeInDay(iso: string, zone: string, ends: boolean): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(Date.parse(iso));
  const minutes = minutesOf(parts);
  return ends && minutes === 0 ? 1 : minutes / DAY;
}
