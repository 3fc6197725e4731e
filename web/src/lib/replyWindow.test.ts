import { describe, expect, it } from "vitest";
import { windowAt } from "@/lib/replyWindow";

const HOUR = 3_600_000;
const start = Date.parse("2026-11-24T08:00:00Z");
const after = (hours: number) => new Date(start + hours * HOUR).toISOString();

describe("windowAt", () => {
  it("is nothing where the platform has no window", () => {
    expect(windowAt(null, start)).toBeNull();
  });

  it("counts down and warns in the last two hours", () => {
    const window = { state: "open" as const, closes_at: after(24), human_closes_at: null };
    expect(windowAt(window, start)).toEqual({ state: "open", left: 24 * HOUR });
    expect(windowAt(window, start + 23 * HOUR)).toEqual({ state: "closing", left: HOUR });
    expect(windowAt(window, start + 24 * HOUR)).toEqual({ state: "closed", left: null });
  });

  it("goes over to people only where the platform extends it for them", () => {
    const window = { state: "open" as const, closes_at: after(24), human_closes_at: after(168) };
    expect(windowAt(window, start + 23 * HOUR)?.state).toBe("open");
    expect(windowAt(window, start + 25 * HOUR)).toEqual({ state: "human", left: 143 * HOUR });
    expect(windowAt(window, start + 169 * HOUR)?.state).toBe("closed");
  });

  it("keeps the server's word where no time is known", () => {
    expect(windowAt({ state: "closed", closes_at: null, human_closes_at: null }, start)?.state).toBe("closed");
  });
});
