import { describe, expect, it } from "vitest";
import type { UsageRow } from "@/api/watching";
import { daysOf, kindsOf } from "@/features/settings/channels/usage";

const row = (day: string, kind: string, units: number, usd = 0): UsageRow => ({ day, kind, calls: 1, units, usd });
const ROWS = [row("2026-11-01", "read", 3, 0.02), row("2026-11-01", "send", 1, 0.2), row("2026-11-03", "read", 5, 0.03)];

describe("usage", () => {
  it("has every day, also those without calls", () => {
    expect(daysOf(ROWS, "2026-10-31", "2026-11-03", false)).toEqual([
      { day: "2026-10-31", value: 0 },
      { day: "2026-11-01", value: 4 },
      { day: "2026-11-02", value: 0 },
      { day: "2026-11-03", value: 5 },
    ]);
  });

  it("shows cost where there is one", () => {
    expect(daysOf(ROWS, "2026-11-01", "2026-11-01", true)[0]?.value).toBeCloseTo(0.22);
    expect(kindsOf(ROWS, true).map((each) => each.kind)).toEqual(["send", "read"]);
    expect(kindsOf(ROWS, false)[0]).toMatchObject({ kind: "read", calls: 2, units: 8 });
  });
});
