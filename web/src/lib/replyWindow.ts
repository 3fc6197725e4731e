import type { ReplyWindow } from "@/api/types";

export interface WindowView {
  state: "open" | "closing" | "human" | "closed";
  /** Milliseconds until the present state ends; null where it does not end or has ended. */
  left: number | null;
}

const CLOSING_SOON = 2 * 60 * 60 * 1000;

/** The reply window as it is at `at`, however long ago the server told its state. */
export function windowAt(window: ReplyWindow | null, at: number): WindowView | null {
  if (!window) return null;
  const closes = window.closes_at ? Date.parse(window.closes_at) : null;
  const human = window.human_closes_at ? Date.parse(window.human_closes_at) : null;
  if (closes !== null && at < closes) {
    const left = closes - at;
    return { state: left < CLOSING_SOON && human === null ? "closing" : "open", left };
  }
  if (human !== null && at < human) return { state: "human", left: human - at };
  if (closes === null && human === null) return { state: window.state, left: null };
  return { state: "closed", left: null };
}
