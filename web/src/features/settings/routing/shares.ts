import type { Replay } from "@/api/types";

export interface Share {
  id: string;
  name: string;
  now: number;
  next: number;
}

/** What everybody had and would have had, by name; without those who had nothing either way. */
export function sharesOf({ happened, would, names }: Pick<Replay, "happened" | "would" | "names">, locale: string): Share[] {
  const ids = new Set([...Object.keys(happened.by_agent), ...Object.keys(would.by_agent)]);
  return [...ids]
    .map((id) => ({ id, name: names[id] ?? "?", now: happened.by_agent[id] ?? 0, next: would.by_agent[id] ?? 0 }))
    .filter(({ now, next }) => now > 0 || next > 0)
    .toSorted((one, other) => one.name.localeCompare(other.name, locale));
}
