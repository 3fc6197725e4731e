import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Message } from "@/api/types";
import { Attachments } from "@/features/inbox/thread/Attachments";
import classes from "@/features/inbox/thread/Bubble.module.css";
import { Delivery } from "@/features/inbox/thread/Delivery";
import { useGround } from "@/features/inbox/thread/ground";
import { MessageMenu } from "@/features/inbox/thread/MessageMenu";
import { PayloadButton } from "@/features/inbox/thread/PayloadButton";
import { Versions } from "@/features/inbox/thread/Versions";
import { clockTime, fullTime } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Ban, EyeOff, LayoutTemplate, Lock, MousePointerClick, Reply, ThumbsUp, TriangleAlert } from "@/ui/icons";
import { LinkedText, safeLink } from "@/ui/links";
import { Stars } from "@/ui/Stars";

interface Props {
  message: Message;
  joined: boolean;
  conversation: Conversation;
  quoted: Message | null;
}

/** One message or note: a bubble at the left (customer) or right (us), a note over the whole width. */
export const MessageView = memo(function MessageView({ message, joined, conversation, quoted }: Props) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const side = message.kind === "note" ? "note" : message.direction === "inbound" ? "in" : "out";
  const deleted = message.deleted_at !== null;
  const banned = useGround()?.banned.includes(message.sender_id ?? "") && side === "in";
  return (
    <article
      className={classes.message}
      data-side={side}
      data-failed={message.delivery_status === "failed" || undefined}
      data-unknown={message.delivery_status === "unknown" || undefined}
      data-canceled={message.delivery_status === "canceled" || undefined}
      aria-label={t("message.label", { name: message.sender_name, time: fullTime(message.timestamp, locale) })}
    >
      {!joined && (
        <p className={classes.author}>
          {side === "note" && <Lock size={12} aria-hidden />}
          <span className={classes.name}>{message.sender_name || t("row.unknown")}</span>
          {message.sender_type === "bot" && <span className={classes.mark}>{t("message.bot")}</span>}
          {banned && (
            <span className={classes.banned}>
              <Ban size={12} aria-hidden /> {t("message.banned")}
            </span>
          )}
          {side === "note" && <span>{t("message.noteHint")}</span>}
        </p>
      )}
      <div className={classes.line}>
        <div className={classes.bubble}>
          {message.quoted && <Quoted message={quoted} />}
          {Boolean(message.metadata.private_to) && side === "out" && (
            <p className={classes.hint}>
              <Lock size={12} aria-hidden /> {t("message.private")}
            </p>
          )}
          <FromTemplate template={message.metadata.template} />
          {deleted ? <p className={classes.withdrawn}>{t("message.withdrawn")}</p> : <Content message={message} />}
          <Foot message={message} side={side} />
        </div>
        {!deleted && <MessageMenu message={message} conversation={conversation} />}
      </div>
      <Reactions message={message} />
      {message.direction === "outbound" && <Delivery message={message} conversation={conversation} />}
    </article>
  );
});

function FromTemplate({ template }: { template: unknown }) {
  const { t } = useTranslation("inbox");
  if (typeof template !== "object" || template === null) return null;
  return (
    <p className={classes.hint}>
      <LayoutTemplate size={12} aria-hidden /> {t("message.template", { name: (template as { name?: string }).name ?? "" })}
    </p>
  );
}

function Quoted({ message }: { message: Message | null }) {
  const { t } = useTranslation("inbox");
  return (
    <blockquote className={classes.quoted}>
      <Reply size={12} aria-hidden />
      <span className="truncate">
        {message ? (
          <>
            <b>{message.sender_name}</b> {message.content || t("message.media")}
          </>
        ) : (
          t("message.quotedElsewhere")
        )}
      </span>
    </blockquote>
  );
}

function Content({ message }: { message: Message }) {
  const { t } = useTranslation("inbox");
  const { content_type: type, metadata } = message;
  const rating = typeof metadata.rating === "number" ? metadata.rating : null;
  const recommended = typeof metadata.recommended === "boolean" ? metadata.recommended : null;
  return (
    <>
      {rating !== null && (
        <p className={classes.rating}>
          <Stars rating={rating} size={20} />
        </p>
      )}
      {recommended !== null && (
        <p className={classes.recommended} data-recommended={recommended}>
          <ThumbsUp size={14} aria-hidden /> {t(recommended ? "message.recommends" : "message.recommendsNot")}
        </p>
      )}
      {type === "postback" && (
        <p className={classes.hint}>
          <MousePointerClick size={12} aria-hidden /> {t("message.postback")}
        </p>
      )}
      {message.attachments.length > 0 && <Attachments message={message} />}
      {(type === "unsupported" || metadata.unsupported !== undefined) && (
        <p className={classes.unsupported}>
          <TriangleAlert size={14} aria-hidden />
          {t("message.unsupported", { what: String(metadata.unsupported ?? metadata.what ?? "") || t("message.unknownKind") })}
          <PayloadButton value={metadata.payload ?? metadata} />
        </p>
      )}
      {message.content && (
        <p className={classes.text} dir="auto" lang={typeof metadata.language === "string" ? metadata.language : undefined}>
          <LinkedText text={message.content} />
        </p>
      )}
    </>
  );
}

function Foot({ message, side }: { message: Message; side: string }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  return (
    <p className={classes.foot}>
      {message.hidden && (
        <span className={classes.hiddenMark}>
          <EyeOff size={12} aria-hidden /> {t("message.hidden")}
        </span>
      )}
      {message.edited_at && <Versions message={message} />}
      <Permalink url={message.metadata.url}>
        <time dateTime={message.timestamp} title={fullTime(message.timestamp, locale)}>
          {clockTime(message.timestamp, locale)}
        </time>
      </Permalink>
      {side === "out" && message.delivery_status && <Delivery.Tick status={message.delivery_status} />}
    </p>
  );
}

/** The time leads to the message on the network, where that has a page for it. */
function Permalink({ url, children }: { url: unknown; children: React.ReactNode }) {
  const { t } = useTranslation("inbox");
  const link = safeLink(url);
  if (!link) return children;
  return (
    <a className={classes.permalink} href={link} target="_blank" rel="noopener noreferrer nofollow" title={t("message.openNetwork")}>
      {children}
    </a>
  );
}

function Reactions({ message }: { message: Message }) {
  if (message.reactions.length === 0) return null;
  const byEmoji = new Map<string, string[]>();
  for (const reaction of message.reactions) {
    for (const emoji of reaction.emoji) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), reaction.author_name]);
  }
  return (
    <ul className={classes.reactions}>
      {[...byEmoji].map(([emoji, names]) => (
        <li key={emoji} title={names.join(", ")} data-ours={message.reactions.some((each) => each.by_us && each.emoji.includes(emoji)) || undefined}>
          <span>{emoji}</span>
          <span className={classes.reactionNames}>{names.length > 1 ? names.length : names[0]}</span>
        </li>
      ))}
    </ul>
  );
}
