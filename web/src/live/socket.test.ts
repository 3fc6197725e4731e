import { describe, expect, it } from "vitest";
import { backOff, Sequence } from "@/live/socket";

describe("Sequence", () => {
  it("applies what follows, and skips what it has had", () => {
    const sequence = new Sequence();
    sequence.restart(10);
    expect([11, 12, 12, 11, 13].map((seq) => sequence.judge(seq))).toEqual(["apply", "apply", "skip", "skip", "apply"]);
  });

  it("asks once for what is missing, and goes on when it has come", () => {
    const sequence = new Sequence();
    sequence.restart(10);
    expect([13, 14].map((seq) => sequence.judge(seq))).toEqual(["resume", "skip"]);
    expect([11, 12, 13, 14].map((seq) => sequence.judge(seq))).toEqual(["apply", "apply", "apply", "apply"]);
    expect(sequence.last).toBe(14);
  });

  it("asks again for a gap after the one that was closed", () => {
    const sequence = new Sequence();
    sequence.restart(1);
    expect([3, 2, 3, 9].map((seq) => sequence.judge(seq))).toEqual(["resume", "apply", "apply", "resume"]);
  });
});

describe("backOff", () => {
  it("doubles up to a limit, with jitter", () => {
    expect(backOff(0, 1)).toBe(500);
    expect(backOff(3, 1)).toBe(4000);
    expect(backOff(30, 1)).toBe(8_000);
    expect(backOff(3, 0)).toBe(2000);
  });
});
