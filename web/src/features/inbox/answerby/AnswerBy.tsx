import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import classes from "@/features/inbox/answerby/AnswerBy.module.css";
import { answerAt, COARSE_PACE, paceOf, shortSpan, type AnswerView } from "@/lib/answerBy";
import { useNow } from "@/lib/clock";
import { dateTime } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Clock, Pause, TriangleAlert } from "@/ui/icons";

type Props = { conversation: Pick<Conversation, "answer_by" | "answer_by_reason">; large?: boolean; edge?: boolean };

const ICONS = { ok: Clock, soon: Clock, breached: TriangleAlert, paused: Pause };

/** By when to answer, counting down; why as the tooltip and for screen readers. All chips share one ticker per pace. */
export function AnswerBy({ conversation, large, edge }: Props) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const coarse = useNow(COARSE_PACE);
  const now = useNow(paceOf(conversation, coarse));
  const view = answerAt(conversation, now);
  const why = useWhy(conversation, view);
  if (!view) return null;
  const Icon = ICONS[view.state];
  return (
    <>
      {edge && (view.state === "soon" || view.state === "breached") && <span className={classes.edge} data-state={view.state} aria-hidden />}
      <span className={large ? `${classes.chip} ${classes.large}` : classes.chip} data-state={view.state} data-answer-by title={why}>
        <Icon size={large ? 14 : 12} aria-hidden />
        <span className="sr-only">{why}</span>
        <span aria-hidden>{view.left === null ? t("answerBy.paused") : shortSpan(view.left, locale)}</span>
      </span>
    </>
  );
}

function useWhy({ answer_by: by, answer_by_reason: reason }: Props["conversation"], view: AnswerView | null): string {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  if (!view || !reason) return "";
  const at = by ? dateTime(by, locale) : "";
  if (reason.kind === "window") return t(view.state === "breached" ? "answerBy.windowOver" : "answerBy.window", { at });
  const values = { at, clock: t(`clock.${reason.clock ?? "first_response"}`), policy: reason.policy_name ?? "" };
  if (view.state === "paused") return t("answerBy.slaPaused", values);
  return t(view.state === "breached" ? "answerBy.slaBreached" : "answerBy.sla", values);
}
