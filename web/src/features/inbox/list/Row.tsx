import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { AnswerBy } from "@/features/inbox/answerby/AnswerBy";
import classes from "@/features/inbox/list/Row.module.css";
import { useNow } from "@/lib/clock";
import { span } from "@/lib/time";
import { useViewers } from "@/live/presence";
import { Avatar, initialsOf } from "@/ui/Avatar";
import { SourceIcon } from "@/ui/channels";
import { useLocale } from "@/ui/i18n";
import { AlarmClock, Clock, Pencil, TriangleAlert } from "@/ui/icons";
import { Stars } from "@/ui/Stars";
import { Age } from "@/ui/Time";

interface Props {
  conversation: Conversation;
  href: string;
  open: boolean;
  cursor: boolean;
  gone: boolean;
  me: string;
  assignee: string | null;
  draft: boolean;
  compact: boolean;
  onOpen: (id: string) => void;
}

function Waiting({ since }: { since: string }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const now = useNow();
  const age = now - Date.parse(since);
  if (age < 60_000) return null;
  return (
    <span className={classes.chip} title={t("row.waiting")}>
      <Clock size={12} aria-hidden />
      <span className="sr-only">{t("row.waiting")}</span>
      {span(age, locale)}
    </span>
  );
}

/** One line of what was said last: media by name, line breaks collapsed by the style. */
function Preview({ conversation, draft }: { conversation: Conversation; draft: boolean }) {
  const { t, i18n } = useTranslation("inbox");
  const { preview, preview_type: type, preview_by: by } = conversation;
  const key = `kind.${type}`;
  const media = type !== "text" && i18n.exists(key, { ns: "inbox" }) ? t(key as "kind.image") : null;
  return (
    <>
      {draft && (
        <span className={classes.draft}>
          <Pencil size={12} aria-hidden /> {t("row.draft")}
        </span>
      )}
      {by === "agent" && <span className={classes.by}>{t("row.us")} </span>}
      {!preview && !media ? <i>{t("message.withdrawn")}</i> : media && !preview ? media : media && type !== "review" && type !== "postback" ? `${media} · ${preview}` : preview}
    </>
  );
}

function Viewers({ id, me }: { id: string; me: string }) {
  const { t } = useTranslation("inbox");
  const others = useViewers(id).filter((viewer) => viewer.user_id !== me);
  if (others.length === 0) return null;
  const names = others.map((viewer) => viewer.name).join(", ");
  return <span className={classes.viewer} title={t("row.viewing", { names })} aria-label={t("row.viewing", { names })} role="img" />;
}

/** A row of the list: plain elements and fixed heights, because thousands of them scroll by. */
export const Row = memo(function Row(props: Props) {
  const { conversation, href, open, cursor, gone, me, assignee, draft, compact, onOpen } = props;
  const { t } = useTranslation("inbox");
  const unread = conversation.unread_count;
  const rating = typeof conversation.metadata.rating === "number" ? conversation.metadata.rating : null;
  const [first, second, ...more] = conversation.tags;
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(conversation.id);
  };
  return (
    <a
      href={href}
      className={classes.row}
      data-row={conversation.id}
      data-open={open || undefined}
      data-cursor={cursor || undefined}
      data-gone={gone || undefined}
      data-unread={unread > 0 || undefined}
      data-compact={compact || undefined}
      data-pane-focus={cursor || undefined}
      aria-current={open ? "true" : undefined}
      tabIndex={cursor ? 0 : -1}
      onClick={onClick}
      draggable={false}
    >
      <Avatar name={conversation.customer_name || "?"} src={conversation.customer_avatar} platform={conversation.platform} />
      <span className={classes.body}>
        <span className={classes.line1}>
          <span className={`${classes.name} truncate`}>{conversation.customer_name || t("row.unknown")}</span>
          {(conversation.priority === "urgent" || conversation.priority === "high") && (
            <span className={classes.priority} data-priority={conversation.priority} title={t(`priority.${conversation.priority}`)}>
              <TriangleAlert size={14} aria-label={t(`priority.${conversation.priority}`)} />
            </span>
          )}
          <Viewers id={conversation.id} me={me} />
          {compact && <AnswerBy conversation={conversation} edge />}
          <Age at={conversation.last_message_at} className={classes.age} />
        </span>
        <span className={`${classes.line2} truncate`} dir="auto">
          {rating !== null && <Stars rating={rating} size={12} />}
          <Preview conversation={conversation} draft={draft} />
          {compact && unread > 0 && <span className={classes.unread}>{unread > 99 ? "99+" : unread}</span>}
        </span>
        {!compact && (
          <span className={classes.line3}>
            <span className={classes.source}>
              <SourceIcon source={conversation.source} size={13} />
              {t(`source.${conversation.source}`)}
            </span>
            {conversation.snoozed_until && conversation.status === "pending" ? (
              <span className={classes.chip}>
                <AlarmClock size={12} aria-label={t("row.snoozed")} />
                <Age at={conversation.snoozed_until} />
              </span>
            ) : (
              !conversation.answer_by_reason && conversation.waiting_since && conversation.status === "open" && <Waiting since={conversation.waiting_since} />
            )}
            <AnswerBy conversation={conversation} edge />
            {[first, second].map((tag) => tag && <span key={tag} className={`${classes.tag} truncate`}>{tag}</span>)}
            {more.length > 0 && <span className={classes.tag}>+{more.length}</span>}
            <span className={classes.right}>
              {assignee && (
                <span className={classes.assignee} title={t("row.assignedTo", { name: assignee })}>
                  {initialsOf(assignee)}
                </span>
              )}
              {unread > 0 && (
                <span className={classes.unread}>
                  <span className="sr-only">{t("row.unread", { count: unread })}</span>
                  <span aria-hidden>{unread > 99 ? "99+" : unread}</span>
                </span>
              )}
            </span>
          </span>
        )}
      </span>
    </a>
  );
});
