// Where links are in a text, by the rules of src/hark/kernel/links.py (there are their reasons); tests/unit/text_lengths.json
// holds both to the same examples.
import list from "../../../src/hark/kernel/tlds.txt?raw";

const LATIN = "\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u0253-\\u025B\\u0263\\u0268\\u026F\\u0272\\u0289\\u028B\\u02BB\\u1E00-\\u1EFF";
const CYRILLIC = "\\u0400-\\u04FF";
const LABEL = "[^\\s!-,./:-@\\[-\\^`{-~\\u00A0-\\u00BF\\u2000-\\u206F\\u3000-\\u303F\\uFE00-\\uFE0F\\uFEFF\\uFF00-\\uFF0F\\uFFFF]";
const PATH_CHARACTER = `[a-z0-9${CYRILLIC}${LATIN}!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&]`;
const BRACKETS = `\\((?:${PATH_CHARACTER}|\\(${PATH_CHARACTER}*\\))*\\)`;

const SCHEMED = `(?<![A-Za-z0-9@＠$#＃])https?://(${LABEL}+(?:\\.${LABEL}+)+)`;
const BARE = `(?<![A-Za-z0-9_${LATIN}\\-/@＠$#＃])(?<![\\x00-\\x7F]\\.)[A-Za-z0-9${LATIN}\\-]+(?:\\.[A-Za-z0-9${LATIN}\\-]+)+`;
const CANDIDATE = new RegExp(`${SCHEMED}|${BARE}`, "giu");
const NO_DOMAIN_BEFORE = /[0-9A-Za-z@+-]/y;
const PORT = /:[0-9]+/y;
const PATH = new RegExp(`/(?:${PATH_CHARACTER}|${BRACKETS})*`, "iuy");
const PATH_END = new RegExp(`[a-z0-9${CYRILLIC}${LATIN}=_#/+\\-)]`, "iu");
const QUERY = /\?[a-z0-9!?*'@();:&=+$/%#[\]\-_.,~|]*/iy;
const QUERY_END = /[a-z0-9\-_&=#/]/i;
const DOMAIN_LENGTH = 253;

const known = new Set(list.trim().split(/\s+/));
const topLevel = (label: string) => known.has(label) || (label.startsWith("xn--") && label.length > 4);

/** The length of `pattern` at `at`, 0 where it does not stand there. */
function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function domain(host: string): number {
  const labels = host.split(".");
  for (let count = labels.length; count > 1; count -= 1) {
    const last = labels[count - 1]!.toLowerCase();
    const latin = /^[a-z]*(?!\p{ASCII})/u.exec(last)?.[0] ?? "";
    for (const top of [last, latin]) {
      if (topLevel(top) && !labels[count - 2]!.includes("_")) return labels.slice(0, count - 1).join(".").length + 1 + top.length;
    }
  }
  return 0;
}

function bareDomain(name: string): number {
  const labels = name.split(".");
  for (let count = labels.length; count > 1; count -= 1) {
    if (topLevel(labels[count - 1]!.toLowerCase())) return labels.slice(0, count).join(".").length;
  }
  return 0;
}

function trimmed(text: string, start: number, end: number, allowed: RegExp): number {
  let at = end;
  while (at > start && !allowed.test(text[at - 1]!)) at -= 1;
  return at;
}

function endOf(text: string, from: number): number {
  let at = from + lengthAt(PORT, text, from);
  const path = lengthAt(PATH, text, at);
  if (path) at = trimmed(text, at + 1, at + path, PATH_END);
  const query = lengthAt(QUERY, text, at);
  const end = query ? trimmed(text, at + 1, at + query, QUERY_END) : at;
  return end > at + 1 ? end : at;
}

const hasPath = (text: string, at: number) => lengthAt(PATH, text, at + lengthAt(PORT, text, at)) > 0;

/** Start and end of every link. `bare`: domains without a scheme are links too. */
export function findLinks(text: string, bare: boolean): [number, number][] {
  const found: [number, number][] = [];
  if (!text.includes(".")) return found;
  let at = 0;
  for (;;) {
    CANDIDATE.lastIndex = at;
    const match = CANDIDATE.exec(text);
    if (!match) return found;
    const host = match[1];
    at = match.index + match[0].length;
    const length = host === undefined ? bareDomain(match[0].slice(0, DOMAIN_LENGTH)) : domain(host.slice(0, DOMAIN_LENGTH));
    if (!length || (host === undefined && !bare)) continue;
    const end = (host === undefined ? match.index : match.index + match[0].length - host.length) + length;
    if (lengthAt(NO_DOMAIN_BEFORE, text, end)) continue;
    at = host !== undefined || hasPath(text, end) ? endOf(text, end) : end;
    found.push([match.index, at]);
  }
}
