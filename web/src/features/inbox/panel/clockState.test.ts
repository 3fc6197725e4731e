import { describe, expect, it } from "vitest";
import { clockAt } from "@/features/inbox/panel/clockState";

const at = (minutes: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + minutes * 60_000).toISOString();
const now = Date.parse(at(0));
const clock = { state: "running", due_at: at(30), warn_at: at(20), ended_at: null };

describe("clockAt", () => {
  it("counts down, warns, and is late after the due time", () => {
    expect(clockAt(clock, now)).toEqual({ state: "ok", left: 30 * 60_000 });
    expect(clockAt({ ...clock, warn_at: at(-1) }, now).state).toBe("soon");
    expect(clockAt({ ...clock, due_at: at(-5) }, now)).toEqual({ state: "breached", left: -5 * 60_000 });
  });

  it("counts a breach on until it is answered, and keeps it after that", () => {
    const breached = { ...clock, state: "breached", due_at: at(-5) };
    expect(clockAt(breached, now).left).toBe(-5 * 60_000);
    expect(clockAt({ ...breached, ended_at: at(-1) }, now)).toEqual({ state: "breached", left: null });
  });

  it("does not count what is over or stands still", () => {
    for (const state of ["met", "paused", "stopped", "cancelled"]) expect(clockAt({ ...clock, state }, now)).toEqual({ state, left: null });
  });
});
