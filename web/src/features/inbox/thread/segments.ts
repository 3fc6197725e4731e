import type { Message } from "@/api/types";
import { dayKey } from "@/lib/time";

export type Segment =
  | { type: "day"; key: string; at: string }
  | { type: "new"; key: string }
  | { type: "message"; key: string; message: Message; joined: boolean }
  | { type: "activities"; key: string; messages: Message[] };

const JOIN_WITHIN = 5 * 60_000;

function joins(before: Message | null, message: Message): boolean {
  return (
    before !== null &&
    before.kind === message.kind &&
    before.direction === message.direction &&
    before.sender_id === message.sender_id &&
    before.sender_name === message.sender_name &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < JOIN_WITHIN
  );
}

/** A thread as it is drawn: days, the "New" line, runs of activities folded, consecutive messages joined. */
export function segmentsOf(messages: Message[], firstUnread: string | null): Segment[] {
  const segments: Segment[] = [];
  let day = "";
  let before: Message | null = null;
  for (const message of messages) {
    const today = dayKey(message.timestamp);
    if (today !== day) {
      segments.push({ type: "day", key: `day-${today}`, at: message.timestamp });
      day = today;
      before = null;
    }
    if (message.id === firstUnread) {
      segments.push({ type: "new", key: "new" });
      before = null;
    }
    if (message.kind === "activity") {
      const last = segments.at(-1);
      if (last?.type === "activities") last.messages.push(message);
      else segments.push({ type: "activities", key: `a-${message.id}`, messages: [message] });
      before = null;
    } else {
      segments.push({ type: "message", key: message.id, message, joined: joins(before, message) });
      before = message;
    }
  }
  return segments;
}

/** The first of the last `unread` inbound messages. */
export function firstUnreadOf(messages: Message[], unread: number): string | null {
  if (unread === 0) return null;
  let left = unread;
  let found: string | null = null;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index]!;
    if (message.direction !== "inbound" || message.kind !== "message") continue;
    found = message.id;
    left -= 1;
  }
  return found;
}
