import { Button, Modal } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { rules, type Judgement, type Rule, type RuleRun } from "@/api/rules";
import { Explanation } from "@/features/settings/rules/Explanation";
import own from "@/features/settings/rules/Rules.module.css";
import type { Saying } from "@/features/settings/rules/saying";
import { Chip, type Tone } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { Activity } from "@/ui/icons";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";

const TONES: Record<RuleRun["outcome"], Tone> = { done: "ok", partly: "soon", failed: "bad", skipped: "calm" };
const STATES: Record<string, Tone> = { done: "ok", unchanged: "calm", waiting: "info", failed: "bad", skipped: "calm" };

/** On what a rule ran, why, and what became of each action. */
export function RunLog({ rule, saying, onClose }: { rule: Rule; saying: Saying; onClose: () => void }) {
  const { t } = useTranslation(["rules", "common"]);
  const runs = useInfiniteQuery({
    queryKey: ["rule-runs", rule.id],
    queryFn: ({ pageParam }) => rules.runs(rule.id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const found = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Modal opened onClose={onClose} size="xl" title={t("log.title", { name: rule.name })} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {runs.isPending && <SkeletonRows count={4} />}
      {runs.error && <Failed error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data && found.length === 0 && <Empty icon={Activity} title={t("log.none")} text={t("log.noneText")} />}
      <div className={own.runs}>
        {found.map((run) => (
          <Entry key={run.id} run={run} saying={saying} />
        ))}
      </div>
      {runs.hasNextPage && (
        <Button className={classes.more} variant="default" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          {t("log.more")}
        </Button>
      )}
    </Modal>
  );
}

interface Result {
  type: string;
  state: string;
  code: string | null;
  detail: string | null;
}

function Entry({ run, saying }: { run: RuleRun; saying: Saying }) {
  const { t } = useTranslation("rules");
  const results = run.actions as unknown as Result[];
  return (
    <details className={own.run}>
      <summary>
        <Chip tone={TONES[run.outcome]}>{t(`outcome.${run.outcome}`)}</Chip>
        <When at={run.at} />
        <span className={classes.dim}>{t(`event.${run.event}`)}</span>
        {run.reason && <span className={classes.dim}>{t(`reason.${run.reason as "loop"}`)}</span>}
        {run.depth > 0 && <span className={classes.dim}>{t("depth", { count: run.depth })}</span>}
      </summary>
      <div className={own.inside}>
        <Explanation judgement={run.judgement as unknown as Judgement} saying={saying} />
        <ul>
          {results.map((result, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- actions have no other name than their place
            <li key={index}>
              {t(`action.${result.type as "assign"}`)} <Chip tone={STATES[result.state] ?? "calm"}>{t(`state.${result.state as "done"}`)}</Chip>
              {result.detail && <p className={classes.dim}>{result.detail}</p>}
            </li>
          ))}
        </ul>
        <Link to="/inbox/$view/$conversation" params={{ view: "all", conversation: run.conversation_id }}>
          {t("log.open")}
        </Link>
      </div>
    </details>
  );
}
