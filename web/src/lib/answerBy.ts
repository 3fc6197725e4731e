import type { Conversation } from "@/api/types";

export interface AnswerView {
  state: "ok" | "soon" | "breached" | "paused";
  /** Milliseconds until the answer is due, below 0 after it; null while the clock stands still. */
  left: number | null;
}

type Answered = Pick<Conversation, "answer_by" | "answer_by_reason">;

/** By when to answer as it is at `at`; null where nothing sets a time. A reply at the due instant is in time. */
export function answerAt({ answer_by: by, answer_by_reason: reason }: Answered, at: number): AnswerView | null {
  if (!reason) return null;
  if (reason.state === "paused") return { state: "paused", left: null };
  if (by === null) return null;
  const left = Date.parse(by) - at;
  if (left < 0 || reason.state === "breached") return { state: "breached", left };
  const soon = reason.warn_at !== null && Date.parse(reason.warn_at) <= at;
  return { state: soon ? "soon" : "ok", left };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FINE = 2 * MINUTE;
export const COARSE_PACE = 30 * SECOND;

/** How often what is shown of it can change: by the second near the due time and near the warning, else slowly. */
export function paceOf(answered: Answered, at: number): number {
  const near = (iso: string | null | undefined) => iso != null && Math.abs(Date.parse(iso) - at) <= FINE;
  if (answered.answer_by_reason?.state === "paused") return COARSE_PACE;
  return near(answered.answer_by) || near(answered.answer_by_reason?.warn_at) ? SECOND : COARSE_PACE;
}

type Unit = "second" | "minute" | "hour" | "day";
const formats = new Map<string, Intl.NumberFormat>();

function unit(locale: string, name: Unit, value: number): string {
  const key = `${locale}:${name}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow" })));
  return format.format(value);
}

/** "1h 20", "12m", "40s", "2d 3h", and "−35m" for what is past: the shortest that can be read. */
export function shortSpan(milliseconds: number, locale: string): string {
  if (milliseconds < 0) return `−${shortSpan(-milliseconds, locale)}`;
  const seconds = Math.floor(milliseconds / SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return unit(locale, "second", seconds);
  if (hours === 0) return unit(locale, "minute", minutes);
  if (hours < 24) return minutes % 60 === 0 ? unit(locale, "hour", hours) : `${unit(locale, "hour", hours)} ${String(minutes % 60).padStart(2, "0")}`;
  const days = unit(locale, "day", Math.floor(hours / 24));
  return hours % 24 === 0 ? days : `${days} ${unit(locale, "hour", hours % 24)}`;
}
