import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { commentsOf, privateReplyTo, type PrivateReply } from "@/features/inbox/thread/privately";
import { useNow } from "@/lib/clock";
import { dateTime } from "@/lib/time";
import type { Detail } from "@/live/queries";
import { useLocale } from "@/ui/i18n";

export interface Private {
  comment: Message | null;
  reply: PrivateReply | null;
  /** Why it cannot be answered privately now, in words. */
  obstacle: string | null;
}

/** The comment that a private reply answers: the chosen one, else the newest that may still be answered. */
export function usePrivate({ rules }: Detail, messages: Message[], target: Message | null): Private {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const at = useNow(15_000);
  if (!rules.abilities.includes("private_reply")) return { comment: null, reply: null, obstacle: null };
  const comments = target ? [target] : commentsOf(messages);
  const comment = comments.find((each) => privateReplyTo(each, messages, rules, at).state === "open") ?? comments[0] ?? null;
  if (!comment) return { comment, reply: null, obstacle: t("obstacle.privateNone") };
  const reply = privateReplyTo(comment, messages, rules, at);
  const time = reply.closesAt === null ? "" : dateTime(new Date(reply.closesAt).toISOString(), locale);
  const words = { open: null, used: t("obstacle.privateUsed"), expired: t("obstacle.privateExpired", { time }) };
  return { comment, reply, obstacle: words[reply.state] };
}
