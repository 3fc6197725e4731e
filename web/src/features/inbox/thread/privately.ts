import type { Message, SourceRules } from "@/api/types";

export interface PrivateReply {
  state: "open" | "expired" | "used";
  /** Milliseconds since 1970; null where the network sets no time. */
  closesAt: number | null;
}

const NOT_OUT = new Set(["failed", "canceled"]);

/** Whether a comment may be answered privately at `at`, by the same rules as the server's. */
export function privateReplyTo(comment: Message, messages: Message[], rules: SourceRules, at: number): PrivateReply {
  const closesAt = rules.private_window ? Date.parse(comment.timestamp) + rules.private_window.seconds * 1000 : null;
  const used = messages.some(
    (message) => message.metadata.private_to === comment.platform_message_id && !NOT_OUT.has(message.delivery_status ?? "sent"),
  );
  if (rules.private_once && used) return { state: "used", closesAt };
  return { state: closesAt !== null && at >= closesAt ? "expired" : "open", closesAt };
}

/** The comments of a thread that could be answered privately, newest first. */
export function commentsOf(messages: Message[]): Message[] {
  return messages
    .filter((message) => message.kind === "message" && message.direction === "inbound" && message.platform_message_id !== null && !message.deleted_at)
    .toReversed();
}
