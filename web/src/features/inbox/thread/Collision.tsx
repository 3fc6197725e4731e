import { useTranslation } from "react-i18next";
import classes from "@/features/inbox/thread/Collision.module.css";
import { useViewers } from "@/live/presence";
import { useSession } from "@/live/queries";
import { Eye, Pencil } from "@/ui/icons";

/** Who else reads this or writes an answer, so that nobody answers twice. Floats, so that nothing moves. */
export function Collision({ conversation }: { conversation: string }) {
  const { t } = useTranslation("inbox");
  const me = useSession().user.id;
  const others = useViewers(conversation).filter((viewer) => viewer.user_id !== me);
  if (others.length === 0) return null;
  const typing = others.filter((viewer) => viewer.typing);
  const names = (typing.length > 0 ? typing : others).map((viewer) => viewer.name).join(", ");
  const Icon = typing.length > 0 ? Pencil : Eye;
  return (
    <div className={classes.banner} data-typing={typing.length > 0 || undefined} role="status">
      <Icon size={14} aria-hidden />
      <span className="truncate">{t(typing.length > 0 ? "collision.typing" : "collision.viewing", { names })}</span>
    </div>
  );
}
