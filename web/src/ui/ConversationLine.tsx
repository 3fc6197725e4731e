import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { ChannelMark, SourceIcon } from "@/ui/channels";
import classes from "@/ui/ConversationLine.module.css";
import { Age } from "@/ui/Time";

interface Props {
  conversation: Conversation;
  href: string;
  onOpen: () => void;
}

/** A conversation in two lines, for histories. */
export function ConversationLine({ conversation, href, onOpen }: Props) {
  const { t } = useTranslation();
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen();
  };
  return (
    <a href={href} className={classes.line} onClick={onClick}>
      <span className={classes.head}>
        <ChannelMark platform={conversation.platform} size={14} />
        <SourceIcon source={conversation.source} size={13} />
        <span>#{conversation.number}</span>
        <span className={classes.status} data-status={conversation.status}>
          {t(`status.${conversation.status}`)}
        </span>
        <Age at={conversation.last_message_at} className={classes.age} />
      </span>
      <span className={`${classes.preview} truncate`} dir="auto">
        {conversation.preview || "…"}
      </span>
    </a>
  );
}
