import type { Unit } from "@/api/types";

const encoder = new TextEncoder();
let segmenter: Intl.Segmenter | null = null;

function graphemes(text: string): Iterable<{ segment: string; index: number }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** The length of `text` as a platform counts it. */
export function count(text: string, unit: Unit): number {
  switch (unit) {
    case "utf16":
      return text.length;
    case "bytes":
      return encoder.encode(text).length;
    case "codepoints": {
      let total = 0;
      for (const _ of text) total += 1;
      return total;
    }
    case "graphemes": {
      let total = 0;
      for (const _ of graphemes(text)) total += 1;
      return total;
    }
  }
}

/** The string index up to which `text` fits into `maximum` units; never inside a visible character. */
export function fittingIndex(text: string, unit: Unit, maximum: number): number {
  let used = 0;
  for (const { segment, index } of graphemes(text)) {
    used += unit === "graphemes" ? 1 : count(segment, unit);
    if (used > maximum) return index;
  }
  return text.length;
}

export interface Measure {
  used: number;
  left: number;
  /** ok below 85 %, near from there, over above the limit. */
  level: "ok" | "near" | "over";
  /** How many messages it takes. */
  parts: number;
}

export function measure(text: string, unit: Unit, maximum: number): Measure {
  const used = count(text, unit);
  const level = used > maximum ? "over" : used >= maximum * 0.85 ? "near" : "ok";
  return { used, left: maximum - used, level, parts: Math.max(1, Math.ceil(used / maximum)) };
}
