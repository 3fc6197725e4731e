import { describe, expect, it } from "vitest";
import { arrange } from "@/features/inbox/list/useFrozen";
import { aConversation } from "@/testing/build";

const rows = (...ids: string[]) => ids.map((id) => aConversation({ id }));
const known = (...ids: string[]) => new Map(rows(...ids).map((row) => [row.id, row]));
const shown = (result: ReturnType<typeof arrange>) => result.rows.map((row) => row.conversation.id + (row.gone ? "!" : "")).join("");

describe("arrange", () => {
  it("shows the list as it is while it may move", () => {
    expect(shown(arrange(rows("a", "b"), null, new Map(), null))).toBe("ab");
  });

  it("counts what came on top and does not show it", () => {
    const result = arrange(rows("x", "y", "a", "b"), ["a", "b"], known("a", "b"), null);
    expect([shown(result), result.waiting]).toEqual(["ab", 2]);
  });

  it("keeps rows in their places when they moved up", () => {
    const result = arrange(rows("b", "a"), ["a", "b"], known("a", "b"), null);
    expect([shown(result), result.waiting]).toEqual(["ab", 1]);
  });

  it("counts what belongs between two rows", () => {
    const result = arrange(rows("a", "x", "b"), ["a", "b"], known("a", "b"), null);
    expect([shown(result), result.waiting]).toEqual(["ab", 1]);
  });

  it("keeps a row that left the list, marked as gone", () => {
    expect(shown(arrange(rows("b"), ["a", "b"], known("a", "b"), "a"))).toBe("a!b");
  });

  it("appends what the next page brings", () => {
    const result = arrange(rows("a", "b", "c"), ["a", "b"], known("a", "b"), null);
    expect([shown(result), result.waiting]).toEqual(["abc", 0]);
  });
});
