import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import classes from "@/features/inbox/thread/PostCard.module.css";
import { SourceIcon } from "@/ui/channels";
import { ExternalLink } from "@/ui/icons";
import { safeLink } from "@/ui/links";

/** The publication under which the comment or mention stands. */
export function PostCard({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const { post_text: text, post_url: url, post_author: author, post_id: id } = conversation.metadata;
  if (conversation.source === "dm" || (!text && !url && !id)) return null;
  const link = safeLink(url);
  return (
    <section className={classes.card} aria-label={t("post.label")}>
      <SourceIcon source={conversation.source} size={16} />
      <div className={classes.body}>
        <p className={classes.title}>
          {typeof author === "string" ? t("post.by", { name: author }) : t("post.label")}
        </p>
        <p className={classes.text} dir="auto">
          {typeof text === "string" && text ? text : t("post.noText")}
        </p>
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
