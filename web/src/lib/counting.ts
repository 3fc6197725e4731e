import type { TextLimit, Unit } from "@/api/types";
import { createStore } from "@/lib/store";

const encoder = new TextEncoder();
let segmenter: Intl.Segmenter | null = null;

function graphemes(text: string): Iterable<{ segment: string; index: number }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

function total(pieces: Iterable<unknown>): number {
  let count = 0;
  for (const _ of pieces) count += 1;
  return count;
}

/** Of a link in weighted units, where the limit names no other. */
const LINK_LENGTH = 23;
/** Code points that weigh 2; all others weigh 1 (the open twitter-text configuration, version 3). */
const HEAVY = /[\u1100-\u1FFF\u200E\u200F\u2020-\u2031\u2038-\u{10FFFF}]/gu;
/** An emoji with everything joined to it weighs 2. */
const EMOJI =
  /\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|[\u{E0020}-\u{E007F}]+)?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/gu;

function weight(text: string): number {
  let emoji = 0;
  const rest = text.replace(EMOJI, () => {
    emoji += 2;
    return "";
  });
  return emoji + total(rest) + (rest.match(HEAVY)?.length ?? 0);
}

function plain(text: string, unit: Unit): number {
  switch (unit) {
    case "utf16":
      return text.length;
    case "bytes":
      return encoder.encode(text).length;
    case "codepoints":
      return total(text);
    case "graphemes":
      return total(graphemes(text));
    case "weighted":
      return weight(text.normalize("NFC").replaceAll("\r\n", "\n"));
  }
}

type Limit = Pick<TextLimit, "unit"> & Partial<TextLimit>;
type Bound = Limit & Pick<TextLimit, "maximum">;

const countsLinks = (limit: Limit) => limit.unit === "weighted" || limit.link_length != null;

type Finder = (text: string, bare: boolean) => [number, number][];

/** What finds links; with its list of domains it comes only where a platform needs it. Until then they count as written. */
export const linkFinder = createStore<{ find: Finder } | null>(null);

export async function loadLinks(limit: Limit): Promise<void> {
  if (!countsLinks(limit) || linkFinder.get()) return;
  linkFinder.set({ find: (await import("@/lib/links")).findLinks });
}

const links = (text: string, limit: Limit) => (countsLinks(limit) ? (linkFinder.get()?.find(text, limit.unit === "weighted") ?? []) : []);

/** The length of `text` as a platform counts it; links count apart where it shortens them. */
export function count(text: string, limit: Limit): number {
  let used = 0;
  let at = 0;
  for (const [start, end] of links(text, limit)) {
    used += plain(text.slice(at, start), limit.unit) + (limit.link_length ?? LINK_LENGTH);
    at = end;
  }
  return used + plain(text.slice(at), limit.unit);
}

/** The string index up to which `text` fits; never inside a visible character or a link that counts apart. */
export function fittingIndex(text: string, limit: Bound): number {
  const apart = new Map(links(text, limit));
  let used = 0;
  let bytes = 0;
  let linked = 0;
  for (const { segment, index } of graphemes(text)) {
    if (index < linked) continue;
    const end = apart.get(index);
    linked = end ?? linked;
    used += end === undefined ? plain(segment, limit.unit) : (limit.link_length ?? LINK_LENGTH);
    bytes += limit.max_bytes ? encoder.encode(segment).length : 0;
    if (used > limit.maximum || bytes > (limit.max_bytes ?? Infinity)) return index;
  }
  return text.length;
}

export interface Measure {
  unit: Unit;
  used: number;
  left: number;
  /** Between 0 and 1, and more above the limit. */
  share: number;
  /** ok below 85 %, near from there, over above the limit. */
  level: "ok" | "near" | "over";
  /** How many messages it takes. */
  parts: number;
}

function against(used: number, maximum: number, unit: Unit): Measure {
  const share = used / maximum;
  const level = used > maximum ? "over" : share >= 0.85 ? "near" : "ok";
  return { unit, used, left: maximum - used, share, level, parts: Math.max(1, Math.ceil(share)) };
}

/** Of two limits, the one that the text is nearer to. */
export function measure(text: string, limit: Bound): Measure {
  const measured = against(count(text, limit), limit.maximum, limit.unit);
  if (!limit.max_bytes) return measured;
  const bytes = against(encoder.encode(text).length, limit.max_bytes, "bytes");
  return bytes.share > measured.share ? bytes : measured;
}
