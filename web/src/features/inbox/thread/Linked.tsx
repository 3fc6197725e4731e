import { useTranslation } from "react-i18next";
import type { LinkedConversation } from "@/api/types";
import { usePlace } from "@/features/inbox/place";
import classes from "@/features/inbox/thread/Linked.module.css";
import { ChevronRight, Lock } from "@/ui/icons";

/** The other side of a private reply: the direct messages, or the comment that they began with. */
export function Linked({ linked }: { linked: LinkedConversation[] }) {
  const { t } = useTranslation("inbox");
  const place = usePlace();
  if (linked.length === 0) return null;
  return (
    <ul className={classes.list}>
      {linked.map(({ conversation }) => (
        <li key={conversation.id}>
          <a
            href={place.hrefOf(conversation.id)}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              place.open(conversation.id);
            }}
          >
            <Lock size={14} aria-hidden />
            <span className="truncate">
              {conversation.source === "dm"
                ? t("linked.toDirect")
                : t("linked.toPublic", { source: t(`linked.sources.${conversation.source}`), preview: conversation.preview })}
            </span>
            <ChevronRight size={14} aria-hidden />
          </a>
        </li>
      ))}
    </ul>
  );
}
