import { describe, expect, it } from "vitest";
import type { ConversationFilters } from "@/api/types";
import { addedFilters, belongs, filtersOf, parseSearch } from "@/lib/filters";
import { aConversation } from "@/testing/build";

describe("filtersOf", () => {
  it("starts from the view and lets the address change it", () => {
    expect(filtersOf("mine", {})).toEqual({ status: "open", assignee: "me" });
    expect(filtersOf("mine", { status: "pending", tag: "vip" })).toEqual({ status: "pending", assignee: "me", tag: "vip" });
    expect(filtersOf("account-a9", {})).toEqual({ status: "open", account: "a9" });
  });

  it("lifts the view's own limits by any", () => {
    expect(filtersOf("unassigned", { status: "any", assignee: "any" })).toEqual({});
  });
});

describe("parseSearch", () => {
  it("takes what it knows and leaves the rest", () => {
    expect(parseSearch({ q: "late", unread: "true", page: 3, tag: "", priority: "high" })).toEqual({
      q: "late",
      unread: true,
      priority: "high",
    });
  });

  it("keeps a search for digits", () => {
    expect(parseSearch({ q: 10482 })).toEqual({ q: "10482" });
  });
});

describe("addedFilters", () => {
  it("does not count the sort order", () => {
    expect(addedFilters({ sort: "waiting", tag: "vip", unread: true })).toEqual(["tag", "unread"]);
  });
});

describe("belongs", () => {
  const conversation = aConversation({ assigned_to: "me1", tags: ["VIP"], unread_count: 0, priority: "high" });
  it.each<[ConversationFilters, boolean | "unknown"]>([
    [{}, true],
    [{ status: "open" }, true],
    [{ status: "resolved" }, false],
    [{ assignee: "me" }, true],
    [{ assignee: "none" }, false],
    [{ assignee: "other" }, false],
    [{ account: "a1", platform: "sandbox", source: "dm", customer: "p1" }, true],
    [{ source: "review" }, false],
    [{ tag: "vip" }, true],
    [{ tag: "late" }, false],
    [{ unread: true }, false],
    [{ priority: "high" }, true],
    [{ q: "hello" }, "unknown"],
    [{ q: "hello", status: "resolved" }, false],
    [{ sort: "waiting" }, true],
  ])("%j", (filters, expected) => {
    expect(belongs(filters, conversation, "me1")).toBe(expected);
  });

  it("keeps those who do not wait out of the list of the waiting", () => {
    expect(belongs({ sort: "waiting" }, aConversation({ waiting_since: null }), "me1")).toBe(false);
  });
});
