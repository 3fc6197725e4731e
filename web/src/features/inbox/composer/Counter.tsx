import { useTranslation } from "react-i18next";
import type { SourceRules } from "@/api/types";
import classes from "@/features/inbox/composer/Composer.module.css";
import type { Measure } from "@/lib/counting";
import { number } from "@/lib/time";
import { useLocale } from "@/ui/i18n";

const RADIUS = 7;
const ROUND = 2 * Math.PI * RADIUS;

/** How much room is left, in the platform's own unit. */
export function Counter({ measure, rules }: { measure: Measure; rules: SourceRules }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const share = Math.min(1, measure.share);
  const splits = measure.level === "over" && rules.splits;
  const level = splits ? "near" : measure.level;
  return (
    <span className={classes.counter} data-level={level} title={t(`composer.unit.${measure.unit}`)}>
      {splits && <span>{t("composer.splits", { count: measure.parts })}</span>}
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden>
        <circle cx="9" cy="9" r={RADIUS} className={classes.ringBack} />
        <circle cx="9" cy="9" r={RADIUS} className={classes.ring} strokeDasharray={`${share * ROUND} ${ROUND}`} transform="rotate(-90 9 9)" />
      </svg>
      <span className="figures">{number(measure.left, locale)}</span>
      <span className="sr-only" role="status">
        {level !== "ok" && t("composer.left", { count: measure.left })}
      </span>
    </span>
  );
}
