import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { messages as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Conversation, Message, MessageAbility, SourceRules } from "@/api/types";
import { compose } from "@/features/inbox/composer/intent";
import classes from "@/features/inbox/thread/Bubble.module.css";
import { meOf } from "@/live/queries";
import { applyMessage, isLocal } from "@/live/reducer";
import { withoutMessage } from "@/lib/pages";
import { Copy, Ellipsis, Eye, EyeOff, Lock, Pencil, Reply, ThumbsUp, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { say, sayProblem } from "@/ui/toasts";
import type { InfiniteData } from "@tanstack/react-query";
import type { MessagePage } from "@/api/types";

interface Props {
  message: Message;
  conversation: Conversation;
  rules: SourceRules | null;
}

const MessageDialogs = lazy(() => import("@/features/inbox/thread/MessageDialogs"));

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** What can be done with one message, by what the platform's source allows. */
export function MessageMenu({ message, conversation, rules }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const client = useQueryClient();
  const [ask, setAsk] = useState<"delete" | "edit" | null>(null);
  const can = (ability: string) => rules?.abilities.includes(ability) ?? false;
  const onPlatform = message.platform_message_id !== null;
  const inbound = message.direction === "inbound";
  const ours = message.direction === "outbound";
  const liked = message.metadata.liked_by_us === true;

  const act = async (ability: MessageAbility, text?: string) => {
    try {
      applyMessage(client, await api.act(message.id, ability, text), meOf(client));
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
          {inbound && onPlatform && can("react") && (
            <div className={classes.emoji} role="group" aria-label={t("message.react")}>
              {EMOJI.map((emoji) => (
                <Menu.Item key={emoji} onClick={() => void act("react", emoji)} p={4} w={32} aria-label={emoji}>
                  {emoji}
                </Menu.Item>
              ))}
            </div>
          )}
          {onPlatform && can("quote") && (
            <Menu.Item leftSection={<Reply size={16} />} onClick={() => compose(conversation.id, "reply", message)}>
              {t("message.quote")}
            </Menu.Item>
          )}
          {inbound && onPlatform && can("private_reply") && (
            <Menu.Item leftSection={<Lock size={16} />} onClick={() => compose(conversation.id, "private", message)}>
              {t("message.replyPrivately")}
            </Menu.Item>
          )}
          {inbound && onPlatform && can(liked ? "unlike" : "like") && (
            <Menu.Item leftSection={<ThumbsUp size={16} />} onClick={() => void act(liked ? "unlike" : "like")}>
              {t(liked ? "message.unlike" : "message.like")}
            </Menu.Item>
          )}
          {inbound && onPlatform && can(message.hidden ? "unhide" : "hide") && (
            <Menu.Item
              leftSection={message.hidden ? <Eye size={16} /> : <EyeOff size={16} />}
              onClick={() => void act(message.hidden ? "unhide" : "hide")}
            >
              {t(message.hidden ? "message.unhide" : "message.hide")}
            </Menu.Item>
          )}
          {ours && onPlatform && can("edit") && (
            <Menu.Item leftSection={<Pencil size={16} />} onClick={() => setAsk("edit")}>
              {t("message.edit")}
            </Menu.Item>
          )}
          {message.content && (
            <Menu.Item leftSection={<Copy size={16} />} onClick={() => void copy()}>
              {t("message.copy")}
            </Menu.Item>
          )}
          {message.kind === "note" && (
            <Menu.Item leftSection={<Trash2 size={16} />} onClick={() => void removeNote()}>
              {t("message.deleteNote")}
            </Menu.Item>
          )}
          {onPlatform && can("delete") && (
            <Menu.Item color="red" leftSection={<Trash2 size={16} />} onClick={() => setAsk("delete")}>
              {t("message.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {ask && (
        <Suspense>
          <MessageDialogs ask={ask} message={message} onClose={() => setAsk(null)} onAct={act} />
        </Suspense>
      )}
    </>
  );
}
