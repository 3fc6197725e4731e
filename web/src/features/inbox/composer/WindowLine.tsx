import { useTranslation } from "react-i18next";
import type { ReplyWindow } from "@/api/types";
import classes from "@/features/inbox/composer/Composer.module.css";
import { useNow } from "@/lib/clock";
import { windowAt, type WindowView } from "@/lib/replyWindow";
import { span } from "@/lib/time";
import type { Detail } from "@/live/queries";
import { useLocale } from "@/ui/i18n";
import { Clock } from "@/ui/icons";

/** The window from the conversation's newest state; the server's own answer where nothing opened one yet. */
export function windowOf({ conversation, rules, window }: Detail): ReplyWindow | null {
  if (!rules.window) return window;
  if (!conversation.window_opened_at) return window;
  const opened = Date.parse(conversation.window_opened_at);
  const after = (seconds: number | null) => (seconds === null ? null : new Date(opened + seconds * 1000).toISOString());
  return { state: "open", closes_at: after(rules.window.seconds), human_closes_at: after(rules.window.human_seconds) };
}

export function useWindow(detail: Detail): WindowView | null {
  const coarse = useNow(15_000);
  return windowAt(windowOf(detail), coarse);
}

export function WindowLine({ detail }: { detail: Detail }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const rough = useWindow(detail);
  const fine = useNow(rough?.left != null && rough.left < 120_000 ? 1000 : 15_000);
  const view = windowAt(windowOf(detail), fine);
  if (!view) return null;
  const left = view.left === null ? "" : span(view.left, locale);
  return (
    <span className={classes.window} data-state={view.state}>
      <Clock size={12} aria-hidden />
      {t(`window.${view.state}`, { left })}
    </span>
  );
}
