import { describe, expect, it } from "vitest";
import { firstUnreadOf, segmentsOf } from "@/features/inbox/thread/segments";
import { aMessage } from "@/testing/build";

const at = (id: string, time: string, change = {}) => aMessage({ id, timestamp: `2026-11-24T${time}:00Z`, ...change });

describe("segmentsOf", () => {
  it("joins what one person wrote in a row, folds activities and marks the first unread", () => {
    const messages = [
      at("a", "08:00"),
      at("b", "08:01"),
      at("c", "08:20"),
      at("d", "08:21", { kind: "activity", direction: "internal" }),
      at("e", "08:22", { kind: "activity", direction: "internal" }),
      at("f", "08:23"),
    ];
    const shape = segmentsOf(messages, "f").map((segment) =>
      segment.type === "message" ? segment.message.id + (segment.joined ? "+" : "") : segment.type === "activities" ? `[${segment.messages.length}]` : segment.type,
    );
    expect(shape).toEqual(["day", "a", "b+", "c", "[2]", "new", "f"]);
  });

  it("begins a new day with a heading", () => {
    const days = segmentsOf([at("a", "08:00"), aMessage({ id: "b", timestamp: "2026-11-26T08:00:00Z" })], null);
    expect(days.filter((segment) => segment.type === "day")).toHaveLength(2);
  });
});

describe("firstUnreadOf", () => {
  it("counts back over the customer's messages only", () => {
    const messages = [at("a", "08:00"), at("b", "08:01"), at("n", "08:02", { kind: "note", direction: "internal" }), at("c", "08:03")];
    expect(firstUnreadOf(messages, 2)).toBe("b");
    expect(firstUnreadOf(messages, 0)).toBeNull();
    expect(firstUnreadOf(messages, 9)).toBe("a");
  });
});
