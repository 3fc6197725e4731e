import { describe, expect, it } from "vitest";
import { compareMessages, instant, isNewer, longestWaitingFirst, newestFirst } from "@/lib/order";
import { aConversation, aMessage } from "@/testing/build";

describe("instant", () => {
  it("keeps microseconds, and takes times without a fraction", () => {
    expect(instant("2026-11-24T08:00:00.000002Z") - instant("2026-11-24T08:00:00.000001Z")).toBe(1);
    expect(instant("2026-11-24T08:00:00.5Z")).toBeGreaterThan(instant("2026-11-24T08:00:00Z"));
  });
});

describe("the order of a thread", () => {
  it("is time, then position, then id", () => {
    const at = (id: string, timestamp: string, position = 0) => aMessage({ id, timestamp, position });
    const messages = [
      at("d", "2026-11-24T08:00:02Z"),
      at("b", "2026-11-24T08:00:01Z", 2),
      at("c", "2026-11-24T08:00:01Z", 1),
      at("a", "2026-11-24T08:00:01Z", 2),
      at("e", "2026-11-24T08:00:00.5Z"),
    ];
    expect(messages.toSorted(compareMessages).map((message) => message.id)).toEqual(["e", "c", "a", "b", "d"]);
  });
});

describe("the orders of a list", () => {
  it("puts the newest first", () => {
    const older = aConversation({ id: "old", last_message_at: "2026-11-24T07:00:00Z" });
    const newer = aConversation({ id: "new", last_message_at: "2026-11-24T07:00:00.1Z" });
    expect([older, newer].toSorted(newestFirst).map((each) => each.id)).toEqual(["new", "old"]);
  });

  it("puts who waits longest first, and who does not wait last", () => {
    const ids = [
      aConversation({ id: "no", waiting_since: null }),
      aConversation({ id: "short", waiting_since: "2026-11-24T08:00:00Z" }),
      aConversation({ id: "long", waiting_since: "2026-11-24T06:00:00Z" }),
    ].toSorted(longestWaitingFirst);
    expect(ids.map((each) => each.id)).toEqual(["long", "short", "no"]);
  });
});

describe("isNewer", () => {
  it("compares times and not texts", () => {
    expect(isNewer({ updated_at: "2026-11-24T08:00:00.25Z" }, { updated_at: "2026-11-24T08:00:00Z" })).toBe(true);
    expect(isNewer({ updated_at: "2026-11-24T08:00:00Z" }, { updated_at: "2026-11-24T08:00:00.25Z" })).toBe(false);
  });
});
