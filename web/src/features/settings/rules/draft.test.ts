import { describe, expect, it } from "vitest";
import type { Vocabulary } from "@/api/rules";
import { moved, newCondition, newDraft, tidied, unitOf, withEvent } from "@/features/settings/rules/draft";

const vocabulary: Vocabulary = {
  fields: [
    { name: "text", kind: "text", choices: [], refers_to: null, of_message: true },
    { name: "status", kind: "word", choices: ["open", "closed"], refers_to: null, of_message: false },
    { name: "age", kind: "duration", choices: [], refers_to: null, of_message: false },
  ],
  operators: { text: ["contains", "matches", "is_empty"], word: ["is", "any_of"], duration: ["at_least"] },
  blanks: [],
};

describe("a rule's draft", () => {
  it("keeps what fits when a condition's field or operator becomes another", () => {
    expect(newCondition(vocabulary, "text", "matches", ["refund"]).value).toBe("refund");
    expect(newCondition(vocabulary, "text", "contains", "refund").value).toEqual(["refund"]);
    expect(newCondition(vocabulary, "text", "is_empty", "refund").value).toBeNull();
    expect(newCondition(vocabulary, "status", "contains", ["x"])).toMatchObject({ operator: "is", value: "x" });
    expect(newCondition(vocabulary, "age").value).toBe(3600);
  });

  it("has a time exactly where the event waits for one", () => {
    const timed = withEvent(newDraft(), "no_answer");
    expect(timed.after_s).toBe(3600);
    expect(withEvent(timed, "assigned").after_s).toBeNull();
  });

  it("says times in the largest unit that fits", () => {
    expect([60, 3600, 5400, 86_400, 0].map(unitOf)).toEqual(["minutes", "hours", "minutes", "days", "minutes"]);
  });

  it("leaves out languages without a text, and answers in one that has one", () => {
    const draft = { ...newDraft(), actions: [{ type: "reply" as const, texts: { en: " ", de: "Hallo" }, language: "en", every_minutes: 60 }] };
    expect(tidied(draft).actions).toEqual([{ type: "reply", texts: { de: "Hallo" }, language: "de", every_minutes: 60 }]);
  });

  it("moves within the list and not beyond its ends", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  });
});
