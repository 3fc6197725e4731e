import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Post } from "@/api/types";
import classes from "@/features/inbox/thread/PostCard.module.css";
import { dateTime } from "@/lib/time";
import { SourceIcon } from "@/ui/channels";
import { useLocale } from "@/ui/i18n";
import { ExternalLink } from "@/ui/icons";
import { safeLink } from "@/ui/links";

interface Props {
  conversation: Conversation;
  post: Post | null;
}

/** What is known of the publication: what the network told when it was asked, else what came with the comment. */
function known({ metadata }: Conversation, post: Post | null) {
  const word = (value: unknown) => (typeof value === "string" && value ? value : null);
  return {
    text: post?.text ?? word(metadata.post_text),
    author: post?.author_name ?? word(metadata.post_author),
    link: safeLink(post?.url ?? metadata.post_url),
    thumbnail: post?.thumbnail_url ?? post?.picture_url ?? null,
  };
}

/** The publication under which the comment or mention stands. */
export function PostCard({ conversation, post }: Props) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const [whole, setWhole] = useState(false);
  const { text, author, link, thumbnail } = known(conversation, post);
  if (conversation.source === "dm" || (!text && !link && !thumbnail && !conversation.metadata.post_id)) return null;
  return (
    <section className={classes.card} aria-label={t("post.label")} data-gone={post?.gone || undefined}>
      {thumbnail ? (
        <a className={classes.picture} href={post?.picture_url ?? thumbnail} target="_blank" rel="noopener">
          <img src={thumbnail} alt={t("post.picture")} width={56} height={56} />
        </a>
      ) : (
        <SourceIcon source={conversation.source} size={16} />
      )}
      <div className={classes.body}>
        <p className={classes.title}>
          <span className="truncate">{author ? t("post.by", { name: author }) : t("post.label")}</span>
          {post?.kind === "ad" && <span className={classes.ad}>{t("post.ad")}</span>}
          {post?.gone && <span className={classes.gone}>{t("post.gone")}</span>}
          {post?.posted_at && <time dateTime={post.posted_at}>{dateTime(post.posted_at, locale)}</time>}
        </p>
        {text ? (
          <button type="button" className={classes.text} dir="auto" data-whole={whole || undefined} aria-expanded={whole} onClick={() => setWhole(!whole)}>
            {text}
          </button>
        ) : (
          <p className={classes.noText}>{t("post.noText")}</p>
        )}
      </div>
      {link && (
        <a href={link} target="_blank" rel="noopener noreferrer nofollow" className={classes.link}>
          <ExternalLink size={14} aria-hidden />
          {t("post.open")}
        </a>
      )}
    </section>
  );
}
