import { describe, expect, it } from "vitest";
import { count, fittingIndex, measure } from "@/lib/counting";

const FAMILY = "👩‍👩‍👧‍👦";

describe("count", () => {
  it.each([
    ["abc", 3, 3, 3, 3],
    ["für", 3, 3, 4, 3],
    ["👍", 1, 2, 4, 1],
    [FAMILY, 7, 11, 25, 1],
    ["e\u0301", 2, 2, 3, 1],
    ["", 0, 0, 0, 0],
  ])("counts %j in every unit", (text, codepoints, utf16, bytes, graphemes) => {
    expect(count(text, "codepoints")).toBe(codepoints);
    expect(count(text, "utf16")).toBe(utf16);
    expect(count(text, "bytes")).toBe(bytes);
    expect(count(text, "graphemes")).toBe(graphemes);
  });
});

describe("fittingIndex", () => {
  it("never cuts inside a visible character", () => {
    expect(fittingIndex(`a${FAMILY}b`, "utf16", 5)).toBe(1);
    expect(fittingIndex("äöü", "bytes", 3)).toBe(1);
    expect(fittingIndex(`${FAMILY}${FAMILY}x`, "graphemes", 2)).toBe(22);
  });

  it("gives the whole length when everything fits", () => {
    expect(fittingIndex("abc", "codepoints", 3)).toBe(3);
  });
});

describe("measure", () => {
  it("warns from 85 % and refuses above the limit only", () => {
    expect(measure("a".repeat(84), "codepoints", 100).level).toBe("ok");
    expect(measure("a".repeat(85), "codepoints", 100).level).toBe("near");
    expect(measure("a".repeat(100), "codepoints", 100).level).toBe("near");
    expect(measure("a".repeat(101), "codepoints", 100)).toMatchObject({ level: "over", left: -1, parts: 2 });
  });
});
