import { useTranslation } from "react-i18next";
import type { Judgement } from "@/api/rules";
import classes from "@/features/settings/rules/Rules.module.css";
import type { Saying } from "@/features/settings/rules/saying";
import { Check, X } from "@/ui/icons";

/** What each condition said, and what was found. */
export function Explanation({ judgement, saying }: { judgement: Judgement; saying: Saying }) {
  const { t } = useTranslation("rules");
  if (judgement.match) {
    const items = judgement.items ?? [];
    if (items.length === 0) return <p>{t("noConditions")}</p>;
    return (
      <div>
        <Line matched={judgement.matched}>{t(`match.${judgement.match}`)}</Line>
        <div className={classes.tree}>
          {items.map((item, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- conditions have no other name than their place
            <Explanation key={index} judgement={item} saying={saying} />
          ))}
        </div>
      </div>
    );
  }
  const actual = judgement.actual === null || judgement.actual === undefined ? t("notKnown") : saying.value(judgement.field ?? "", judgement.actual) || t("nothing");
  return (
    <Line matched={judgement.matched}>
      {saying.asked(judgement)} <small>({t("found", { what: actual })})</small>
    </Line>
  );
}

function Line({ matched, children }: { matched: boolean; children: React.ReactNode }) {
  const { t } = useTranslation("rules");
  const Icon = matched ? Check : X;
  return (
    <div className={classes.verdict} data-matched={matched || undefined}>
      <Icon size={16} aria-label={t(matched ? "holds" : "holdsNot")} />
      <span>{children}</span>
    </div>
  );
}
