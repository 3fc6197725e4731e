import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { messages as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Conversation, Message, MessageAbility } from "@/api/types";
import { compose } from "@/features/inbox/composer/intent";
import classes from "@/features/inbox/thread/Bubble.module.css";
import { useGround, type Ground } from "@/features/inbox/thread/ground";
import { commentsOf, privateReplyTo, type PrivateReply } from "@/features/inbox/thread/privately";
import { messagesOf, withoutMessage } from "@/lib/pages";
import { now } from "@/lib/clock";
import { dateTime } from "@/lib/time";
import { meOf } from "@/live/queries";
import { applyMessage, isLocal, refetchBans } from "@/live/reducer";
import { Ban, Copy, Ellipsis, ExternalLink, Eye, EyeOff, Lock, Pencil, Reply, ThumbsUp, Trash2 } from "@/ui/icons";
import { useLocale } from "@/ui/i18n";
import { IconButton } from "@/ui/IconButton";
import { safeLink } from "@/ui/links";
import { say, sayProblem } from "@/ui/toasts";
import type { InfiniteData } from "@tanstack/react-query";
import type { MessagePage } from "@/api/types";

interface Props {
  message: Message;
  conversation: Conversation;
}

const MessageDialogs = lazy(() => import("@/features/inbox/thread/MessageDialogs"));

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** What can be done with one message, by what the platform's source allows. */
export function MessageMenu({ message, conversation }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const client = useQueryClient();
  const [ask, setAsk] = useState<"delete" | "edit" | "ban" | null>(null);
  const ground = useGround();
  /** Ways to answer go by the source's rules, acts by what this person may do here. */
  const offers = (ability: string) => ground?.rules.abilities.includes(ability) ?? false;
  const may = (ability: MessageAbility) => ground?.may.includes(ability) ?? false;
  const onPlatform = message.platform_message_id !== null;
  const inbound = message.direction === "inbound";
  const ours = message.direction === "outbound";
  const mine = message.reactions.find((reaction) => reaction.by_us)?.emoji ?? [];
  const liked = mine.length > 0;
  const banned = ground?.banned.includes(message.sender_id ?? "") ?? false;
  const link = safeLink(message.metadata.url);
  const privately = usePrivateReply(message, conversation.id, ground);

  const act = async (ability: MessageAbility, text?: string) => {
    try {
      applyMessage(client, await api.act(message.id, ability, text), meOf(client));
      if (ability === "ban" || ability === "unban") refetchBans(client, conversation);
      setAsk(null);
    } catch (error) {
      sayProblem(t("message.actionFailed"), error);
    }
  };
  const removeNote = async () => {
    try {
      await api.remove(message.id);
      client.setQueryData<InfiniteData<MessagePage>>(keys.messages(conversation.id), (data) =>
        data && { ...data, pages: withoutMessage(data.pages, message.id) },
      );
      compose(conversation.id, "note", null, undefined);
    } catch (error) {
      sayProblem(t("message.actionFailed"), error);
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(message.content);
    say(t("message.copied"));
  };
  if (isLocal(message)) return null;
  return (
    <>
      <Menu position="bottom-start" width={230}>
        <Menu.Target>
          <IconButton icon={Ellipsis} iconSize={16} size={26} label={t("message.menu")} className={classes.menu} />
        </Menu.Target>
        <Menu.Dropdown>
          {inbound && onPlatform && may("react") && (
            <div className={classes.emoji} role="group" aria-label={t("message.react")}>
              {EMOJI.map((emoji) => (
                <Menu.Item
                  key={emoji}
                  onClick={() => void act("react", mine.includes(emoji) ? "" : emoji)}
                  p={4}
                  w={32}
                  aria-label={emoji}
                  aria-pressed={mine.includes(emoji)}
                  data-ours={mine.includes(emoji) || undefined}
                >
                  {emoji}
                </Menu.Item>
              ))}
            </div>
          )}
          {onPlatform && offers("quote") && (
            <Menu.Item leftSection={<Reply size={16} />} onClick={() => compose(conversation.id, "reply", message)}>
              {t("message.quote")}
            </Menu.Item>
          )}
          {privately && (
            <Menu.Item
              leftSection={<Lock size={16} />}
              disabled={privately.state !== "open"}
              onClick={() => compose(conversation.id, "private", message)}
            >
              {t("message.replyPrivately")}
              <PrivateHint reply={privately} />
            </Menu.Item>
          )}
          {inbound && onPlatform && may(liked ? "unlike" : "like") && (
            <Menu.Item leftSection={<ThumbsUp size={16} />} onClick={() => void act(liked ? "unlike" : "like")}>
              {t(liked ? "message.unlike" : "message.like")}
            </Menu.Item>
          )}
          {inbound && onPlatform && may(message.hidden ? "unhide" : "hide") && (
            <Menu.Item
              leftSection={message.hidden ? <Eye size={16} /> : <EyeOff size={16} />}
              onClick={() => void act(message.hidden ? "unhide" : "hide")}
            >
              {t(message.hidden ? "message.unhide" : "message.hide")}
            </Menu.Item>
          )}
          {ours && onPlatform && may("edit") && (
            <Menu.Item leftSection={<Pencil size={16} />} onClick={() => setAsk("edit")}>
              {t("message.edit")}
            </Menu.Item>
          )}
          {message.content && (
            <Menu.Item leftSection={<Copy size={16} />} onClick={() => void copy()}>
              {t("message.copy")}
            </Menu.Item>
          )}
          {link && (
            <Menu.Item leftSection={<ExternalLink size={16} />} component="a" href={link} target="_blank" rel="noopener noreferrer nofollow">
              {t("message.openNetwork")}
            </Menu.Item>
          )}
          {message.kind === "note" && (
            <Menu.Item leftSection={<Trash2 size={16} />} onClick={() => void removeNote()}>
              {t("message.deleteNote")}
            </Menu.Item>
          )}
          {inbound && onPlatform && may(banned ? "unban" : "ban") && (
            <Menu.Item
              color={banned ? undefined : "red"}
              leftSection={<Ban size={16} />}
              onClick={() => (banned ? void act("unban") : setAsk("ban"))}
            >
              {t(banned ? "message.unban" : "message.ban", { name: message.sender_name })}
            </Menu.Item>
          )}
          {onPlatform && may("delete") && (
            <Menu.Item color="red" leftSection={<Trash2 size={16} />} onClick={() => setAsk("delete")}>
              {t("message.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {ask && (
        <Suspense>
          <MessageDialogs ask={ask} message={message} account={ground?.account.name ?? ""} onClose={() => setAsk(null)} onAct={act} />
        </Suspense>
      )}
    </>
  );
}

/** Whether the message may be answered privately now; null where the network does not offer that. */
function usePrivateReply(message: Message, conversation: string, ground: Ground | null): PrivateReply | null {
  const client = useQueryClient();
  if (!ground?.rules.abilities.includes("private_reply") || commentsOf([message]).length === 0) return null;
  const loaded = client.getQueryData<InfiniteData<MessagePage>>(keys.messages(conversation));
  return privateReplyTo(message, messagesOf(loaded?.pages ?? []), ground.rules, now());
}

function PrivateHint({ reply }: { reply: PrivateReply }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const time = reply.closesAt === null ? "" : dateTime(new Date(reply.closesAt).toISOString(), locale);
  if (reply.state === "open" && !time) return null;
  const key = { open: "message.privateUntil", used: "message.privateUsed", expired: "message.privateExpired" } as const;
  return <span className={classes.itemHint}>{t(key[reply.state], { time })}</span>;
}
