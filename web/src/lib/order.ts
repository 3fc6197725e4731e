import type { Conversation, Message } from "@/api/types";

/** Microseconds since 1970: `Date` keeps only milliseconds, platforms and PostgreSQL more. */
export function instant(iso: string): number {
  const fraction = /\.\d{3}(\d{1,3})/.exec(iso)?.[1] ?? "";
  return Date.parse(iso) * 1000 + Number(fraction.padEnd(3, "0") || 0);
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

type Placed = Pick<Message, "timestamp" | "position" | "id">;

/** The order of a thread: the platform's time, then position, then id. */
export function compareMessages(left: Placed, right: Placed): number {
  return (
    instant(left.timestamp) - instant(right.timestamp) || left.position - right.position || byText(left.id, right.id)
  );
}

type Listed = Pick<Conversation, "id" | "last_message_at" | "waiting_since" | "answer_by">;

export function newestFirst(left: Listed, right: Listed): number {
  return instant(right.last_message_at) - instant(left.last_message_at) || byText(right.id, left.id);
}

function earliestFirst(time: "waiting_since" | "answer_by") {
  return (left: Listed, right: Listed): number => {
    const [a, b] = [left, right].map((each) => (each[time] ? instant(each[time]) : Number.POSITIVE_INFINITY)) as [number, number];
    return (a === b ? 0 : a - b) || byText(left.id, right.id);
  };
}

export const longestWaitingFirst = earliestFirst("waiting_since");
export const soonestDueFirst = earliestFirst("answer_by");

/** Whether `left` is a later state than `right`. */
export function isNewer(left: { updated_at: string }, right: { updated_at: string }): boolean {
  return left.updated_at !== right.updated_at && instant(left.updated_at) > instant(right.updated_at);
}
