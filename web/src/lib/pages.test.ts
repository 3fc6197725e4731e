import { describe, expect, it } from "vitest";
import { messagesOf, placeConversation, placeMessage, rowsOf, withoutMessage } from "@/lib/pages";
import { aConversation, aMessage } from "@/testing/build";

const minute = (value: number) => `2026-11-24T08:${String(value).padStart(2, "0")}:00Z`;
const row = (id: string, at: number, change = {}) => aConversation({ id, last_message_at: minute(at), ...change });
const ids = (pages: { items: { id: string }[] }[]) => pages.map((page) => page.items.map((item) => item.id).join(""));

describe("a list's pages", () => {
  const pages = () => [
    { items: [row("a", 50), row("b", 40)], next: "n1" },
    { items: [row("c", 30), row("d", 20)], next: "n2" },
  ];

  it("puts a new conversation on its place", () => {
    expect(ids(placeConversation(pages(), row("x", 59), { status: "open" }, "me"))).toEqual(["xab", "cd"]);
    expect(ids(placeConversation(pages(), row("x", 35), { status: "open" }, "me"))).toEqual(["ab", "xcd"]);
  });

  it("moves a row that changed, and never has it twice", () => {
    expect(ids(placeConversation(pages(), row("d", 59), { status: "open" }, "me"))).toEqual(["dab", "c"]);
  });

  it("takes out what no longer belongs", () => {
    expect(ids(placeConversation(pages(), row("b", 40, { status: "resolved" }), { status: "open" }, "me"))).toEqual(["a", "cd"]);
  });

  it("leaves what is older than everything loaded to the next page", () => {
    const before = pages();
    expect(ids(placeConversation(before, row("x", 1), { status: "open" }, "me"))).toEqual(["ab", "cd"]);
  });

  it("keeps a loaded row that fell behind the last one", () => {
    expect(ids(placeConversation(pages(), row("a", 1), { status: "open" }, "me"))).toEqual(["b", "cda"]);
  });

  it("appends to the end when everything is loaded", () => {
    const all = [{ items: [row("a", 50)], next: null }];
    expect(ids(placeConversation(all, row("x", 1), { status: "open" }, "me"))).toEqual(["ax"]);
    expect(ids(placeConversation([{ items: [], next: null }], row("x", 1), {}, "me"))).toEqual(["x"]);
  });

  it("renews but does not add to a text search", () => {
    expect(ids(placeConversation(pages(), row("x", 59), { q: "late" }, "me"))).toEqual(["ab", "cd"]);
    expect(ids(placeConversation(pages(), row("c", 59), { q: "late" }, "me"))).toEqual(["cab", "d"]);
  });

  it("shows a row once when it moved between two page loads, in its newest state", () => {
    const moved = row("b", 40, { preview: "newer", updated_at: minute(41) });
    const rows = rowsOf([{ items: [row("a", 50), row("b", 40)], next: "n" }, { items: [moved, row("c", 30)], next: null }]);
    expect(rows.map((each) => [each.id, each.preview])).toEqual([["a", "Hello"], ["b", "newer"], ["c", "Hello"]]);
  });
});

describe("a thread's pages", () => {
  const message = (id: string, at: number, change = {}) => aMessage({ id, timestamp: minute(at), ...change });
  const pages = () => [
    { items: [message("c", 30), message("d", 40)], before: "b1" },
    { items: [message("a", 10), message("b", 20)], before: "b2" },
  ];

  it("shows the oldest first", () => {
    expect(messagesOf(pages()).map((each) => each.id).join("")).toBe("abcd");
  });

  it("inserts a late message where it belongs", () => {
    expect(messagesOf(placeMessage(pages(), message("x", 35))).map((each) => each.id).join("")).toBe("abcxd");
    expect(messagesOf(placeMessage(pages(), message("x", 15))).map((each) => each.id).join("")).toBe("axbcd");
    expect(messagesOf(placeMessage(pages(), message("x", 50))).map((each) => each.id).join("")).toBe("abcdx");
  });

  it("breaks ties by position, then id", () => {
    const same = [{ items: [message("b", 30, { position: 1 }), message("d", 30, { position: 2 })], before: null }];
    expect(messagesOf(placeMessage(same, message("c", 30, { position: 1 }))).map((each) => each.id).join("")).toBe("bcd");
  });

  it("leaves what is older than everything loaded to the next page", () => {
    expect(messagesOf(placeMessage(pages(), message("x", 1))).map((each) => each.id).join("")).toBe("abcd");
    const whole = [{ items: [message("a", 10)], before: null }];
    expect(messagesOf(placeMessage(whole, message("x", 1))).map((each) => each.id).join("")).toBe("xa");
  });

  it("replaces a message by its newer state and not by an older one", () => {
    const newer = placeMessage(pages(), message("c", 30, { content: "edited", updated_at: minute(45) }));
    expect(messagesOf(newer).find((each) => each.id === "c")?.content).toBe("edited");
    const older = placeMessage(newer, message("c", 30, { content: "old", updated_at: minute(31) }));
    expect(messagesOf(older).find((each) => each.id === "c")?.content).toBe("edited");
  });

  it("moves a message whose time the platform corrected", () => {
    const moved = placeMessage(pages(), message("d", 5, { updated_at: minute(46) }));
    expect(messagesOf(moved).map((each) => each.id).join("")).toBe("dabc");
  });

  it("removes one", () => {
    expect(messagesOf(withoutMessage(pages(), "b")).map((each) => each.id).join("")).toBe("acd");
  });
});
