import { describe, expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { answerAt, COARSE_PACE, paceOf, shortSpan } from "@/lib/answerBy";

const AT = Date.parse("2026-11-24T09:00:00Z");
const MINUTE = 60_000;
const iso = (minutes: number) => new Date(AT + minutes * MINUTE).toISOString();
type Reason = NonNullable<Conversation["answer_by_reason"]>;

function due(minutes: number | null, reason: Partial<Reason> = {}) {
  const whole = { kind: "sla", state: "running", clock: "first_response", cycle: 1, policy_id: "p", policy_name: "P", warn_at: null, ...reason } as Reason;
  return { answer_by: minutes === null ? null : iso(minutes), answer_by_reason: whole };
}

describe("answerAt", () => {
  it("counts down, and warns from the warning on", () => {
    expect(answerAt(due(80, { warn_at: iso(60) }), AT)).toEqual({ state: "ok", left: 80 * MINUTE });
    expect(answerAt(due(12, { warn_at: iso(0) }), AT)).toEqual({ state: "soon", left: 12 * MINUTE });
  });

  it("is in time at the due instant and late after it, even before the server has said so", () => {
    expect(answerAt(due(0), AT)?.state).toBe("ok");
    expect(answerAt(due(-35), AT)).toEqual({ state: "breached", left: -35 * MINUTE });
  });

  it("stays breached when a later target moved the due time on", () => {
    expect(answerAt(due(30, { state: "breached" }), AT)?.state).toBe("breached");
  });

  it("shows a clock that stands still, and nothing where nothing is due", () => {
    expect(answerAt(due(null, { state: "paused" }), AT)).toEqual({ state: "paused", left: null });
    expect(answerAt({ answer_by: null, answer_by_reason: null }, AT)).toBeNull();
  });
});

describe("paceOf", () => {
  it("is by the second only near the due time or the warning", () => {
    expect(paceOf(due(80, { warn_at: iso(64) }), AT)).toBe(COARSE_PACE);
    expect(paceOf(due(1.5), AT)).toBe(1000);
    expect(paceOf(due(80, { warn_at: iso(0.2) }), AT)).toBe(1000);
    expect(paceOf(due(null, { state: "paused" }), AT)).toBe(COARSE_PACE);
  });
});

describe("shortSpan", () => {
  it.each([
    [80 * MINUTE, "1h 20"],
    [65 * MINUTE, "1h 05"],
    [120 * MINUTE, "2h"],
    [12.9 * MINUTE, "12m"],
    [40_000, "40s"],
    [51 * 60 * MINUTE, "2d 3h"],
    [-35 * MINUTE, "−35m"],
  ])("says %d ms as %s", (milliseconds, text) => expect(shortSpan(milliseconds, "en")).toBe(text));

  it("speaks German", () => expect(shortSpan(80 * MINUTE, "de")).toMatch(/^1\s?h 20$/));
});
