import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Unit } from "@/api/types";
import { count, fittingIndex, loadLinks, measure } from "@/lib/counting";

const FAMILY = "👩‍👩‍👧‍👦";
interface Example { text: string; unit: Unit; link_length: number | null; length: number }
// The server counts by the same table: tests/unit/test_text_lengths.py.
const TABLE = JSON.parse(readFileSync("../tests/unit/text_lengths.json", "utf8")) as Example[];

beforeAll(() => loadLinks({ unit: "weighted" }));

describe("count", () => {
  it.each(TABLE)("counts $text in $unit as the server does", ({ length, text, ...limit }) => {
    expect(count(text, limit)).toBe(length);
  });

  it("is not held up by a long text full of dots and brackets", () => {
    const began = performance.now();
    count("http://a.com/(a".repeat(2000) + "a.".repeat(5000), { unit: "weighted" });
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("fittingIndex", () => {
  it("never cuts inside a visible character", () => {
    expect(fittingIndex(`a${FAMILY}b`, { unit: "utf16", maximum: 5 })).toBe(1);
    expect(fittingIndex("äöü", { unit: "bytes", maximum: 3 })).toBe(1);
    expect(fittingIndex(`${FAMILY}${FAMILY}x`, { unit: "graphemes", maximum: 2 })).toBe(22);
  });

  it("never cuts inside a link that counts apart", () => {
    expect(fittingIndex("see https://example.com/long now", { unit: "weighted", maximum: 26 })).toBe(4);
    expect(fittingIndex("see https://example.com/long now", { unit: "weighted", maximum: 27 })).toBe(28);
  });

  it("gives the whole length when everything fits", () => {
    expect(fittingIndex("abc", { unit: "codepoints", maximum: 3 })).toBe(3);
  });
});

describe("a limit of bytes beside that of characters", () => {
  const limit = { unit: "graphemes", maximum: 10, max_bytes: 30 } as const;

  it("is shown where it is nearer", () => {
    expect(measure("a".repeat(9), limit)).toMatchObject({ unit: "graphemes", left: 1, level: "near" });
    expect(measure(FAMILY.repeat(2), limit)).toMatchObject({ unit: "bytes", left: -20, level: "over", parts: 2 });
  });

  it("cuts where it is reached", () => {
    expect(fittingIndex(FAMILY.repeat(2), limit)).toBe(FAMILY.length);
  });
});

describe("measure", () => {
  it("warns from 85 % and refuses above the limit only", () => {
    const limit = { unit: "codepoints", maximum: 100 } as const;
    expect(measure("a".repeat(84), limit).level).toBe("ok");
    expect(measure("a".repeat(85), limit).level).toBe("near");
    expect(measure("a".repeat(100), limit).level).toBe("near");
    expect(measure("a".repeat(101), limit)).toMatchObject({ level: "over", left: -1, parts: 2 });
  });
});
