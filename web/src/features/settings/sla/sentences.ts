import type { Condition, Targets } from "@/features/settings/sla/api";

/** Conditions that ask for exactly one value, and those that take several: the editor changes between them by itself. */
export function operatorFor(values: string[], negative: boolean): Condition["operator"] {
  if (values.length > 1) return negative ? "none_of" : "any_of";
  return negative ? "is_not" : "is";
}

export const isNegative = (operator: Condition["operator"]) => operator === "is_not" || operator === "none_of";

export type TimeUnit = "minutes" | "hours";

/** Minutes as they are best typed: whole hours as hours. */
export function typed(minutes: number | null): { value: string; unit: TimeUnit } {
  if (minutes === null) return { value: "", unit: "minutes" };
  return minutes % 60 === 0 ? { value: String(minutes / 60), unit: "hours" } : { value: String(minutes), unit: "minutes" };
}

export function minutesFrom(value: string, unit: TimeUnit): number | null {
  const number = Number(value.replace(",", "."));
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0) return null;
  return Math.max(1, Math.round(number * (unit === "hours" ? 60 : 1)));
}

/** A row of targets no two of which may be for the same. */
export function nextRow(rows: Targets[], priorities: readonly string[], sources: readonly string[]): Targets {
  const taken = new Set(rows.map((row) => `${row.priority}/${row.source}`));
  const choices: [string | null, string | null][] = [[null, null], ...priorities.map((each): [string, null] => [each, null]), ...sources.map((each): [null, string] => [null, each])];
  const [priority, source] = choices.find(([p, s]) => !taken.has(`${p}/${s}`)) ?? [null, null];
  return { priority, source, first_response: 60, next_response: null, resolution: null };
}

export function moved<T>(items: T[], at: number, by: number): T[] {
  const item = items[at];
  const to = at + by;
  if (item === undefined || to < 0 || to >= items.length) return items;
  return items.toSpliced(at, 1).toSpliced(to, 0, item);
}
