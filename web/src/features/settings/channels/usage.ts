import type { UsageRow } from "@/api/watching";

export interface Day {
  day: string;
  value: number;
}

export interface Kind {
  kind: string;
  calls: number;
  units: number;
  usd: number;
}

const MS_PER_DAY = 86_400_000;

/** One value per day from `since` to `until`, days without calls included: cost where there is one, else units. */
export function daysOf(rows: UsageRow[], since: string, until: string, costs: boolean): Day[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.day, (sums.get(row.day) ?? 0) + (costs ? row.usd : row.units));
  const days: Day[] = [];
  for (let at = Date.parse(since); at <= Date.parse(until); at += MS_PER_DAY) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push({ day, value: sums.get(day) ?? 0 });
  }
  return days;
}

/** Sums by kind of calls, the largest first. */
export function kindsOf(rows: UsageRow[], costs: boolean): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { kind, calls, units, usd } of rows) {
    const sum = kinds.get(kind) ?? { kind, calls: 0, units: 0, usd: 0 };
    kinds.set(kind, { kind, calls: sum.calls + calls, units: sum.units + units, usd: sum.usd + usd });
  }
  const weight = (each: Kind) => (costs ? each.usd : each.units);
  return [...kinds.values()].sort((a, b) => weight(b) - weight(a) || a.kind.localeCompare(b.kind));
}
