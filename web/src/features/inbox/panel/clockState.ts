import type { Clock } from "@/api/types";
import type { AnswerView } from "@/lib/answerBy";

export type ClockView = { state: AnswerView["state"] | "met" | "stopped" | "cancelled"; left: number | null };

/** A clock as it is at `at`: counting while it runs; breached stays breached, and counts on only until it is answered. */
export function clockAt(clock: Pick<Clock, "state" | "due_at" | "warn_at" | "ended_at">, at: number): ClockView {
  const due = clock.due_at === null ? null : Date.parse(clock.due_at);
  if (clock.state === "breached") return { state: "breached", left: clock.ended_at || due === null ? null : Math.min(0, due - at) };
  if (clock.state !== "running") return { state: clock.state as "met", left: null };
  if (due === null) return { state: "ok", left: null };
  if (at > due) return { state: "breached", left: due - at };
  return { state: clock.warn_at !== null && Date.parse(clock.warn_at) <= at ? "soon" : "ok", left: due - at };
}
