import { Button, NumberInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "@/api/endpoints";
import { asProblem, type Problem } from "@/api/problem";
import { rules, type DryRun, type RuleDraft, type RuleTrial } from "@/api/rules";
import { Explanation } from "@/features/settings/rules/Explanation";
import own from "@/features/settings/rules/Rules.module.css";
import type { Saying } from "@/features/settings/rules/saying";
import { Chip } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { Failed } from "@/ui/states";
import { When } from "@/ui/Time";

interface Props {
  draft: () => RuleDraft;
  id: string | null;
  saying: Saying;
  onProblem: (problem: Problem) => void;
}

/** "What would it say about this one?" */
export function TestWith({ draft, id, saying, onProblem }: Props) {
  const { t } = useTranslation("rules");
  const [chosen, setChosen] = useState("");
  const [trial, setTrial] = useState<RuleTrial | null>(null);
  const [busy, setBusy] = useState(false);
  const { data } = useQuery({ queryKey: ["rule-cases"], queryFn: () => conversations.list({}, null) });
  const run = async () => {
    setBusy(true);
    try {
      setTrial(await rules.test(draft(), chosen, id));
    } catch (error) {
      setTrial(null);
      onProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={own.part}>
      <h3>{t("test.title")}</h3>
      <div className={own.row}>
        <select className={`${classes.select} ${own.grow}`} aria-label={t("test.case")} value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          <option value="">{t("test.choose")}</option>
          {(data?.items ?? []).map((each) => (
            <option key={each.id} value={each.id}>
              #{each.number} {each.customer_name}: {each.preview.slice(0, 60)}
            </option>
          ))}
        </select>
        <Button variant="default" disabled={!chosen} loading={busy} onClick={() => void run()}>
          {t("test.run")}
        </Button>
      </div>
      {trial && (
        <div className={own.group} role="status">
          <div>
            <Chip tone={trial.matched ? "ok" : "calm"}>{t(trial.matched ? "test.matches" : "test.matchesNot")}</Chip>
          </div>
          <Explanation judgement={trial.judgement} saying={saying} />
          {trial.matched && (
            <ol>
              {draft().actions.map((action, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- actions have no other name than their place
                <li key={index}>
                  {saying.action(action)}
                  {trial.actions[index]?.text && <blockquote className={classes.dim}>{trial.actions[index].text}</blockquote>}
                  {trial.actions[index]?.detail && <p className={own.error}>{trial.actions[index].detail}</p>}
                </li>
              ))}
            </ol>
          )}
        </div>
      )}
    </section>
  );
}

/** On what it would have run during the last days, step by step so that it can be stopped. */
export function DryRunPart({ draft, id, saying, onProblem }: Props) {
  const { t } = useTranslation("rules");
  const [days, setDays] = useState(7);
  const [sum, setSum] = useState<DryRun | null>(null);
  const [running, setRunning] = useState(false);
  const stop = useRef(false);
  const run = async () => {
    stop.current = false;
    setRunning(true);
    const rule = draft();
    let total: DryRun = { looked_at: 0, matched: 0, conversations: 0, examples: [], done: 0, next: null };
    try {
      do {
        const step: DryRun = await rules.dryRun(rule, days, total.next, id);
        total = {
          ...step,
          looked_at: total.looked_at + step.looked_at,
          matched: total.matched + step.matched,
          conversations: total.conversations + step.conversations,
          examples: [...total.examples, ...step.examples].slice(0, 10),
        };
        setSum(total);
      } while (total.next !== null && !stop.current);
    } catch (error) {
      setSum(null);
      onProblem(asProblem(error));
    } finally {
      setRunning(false);
    }
  };
  return (
    <section className={own.part}>
      <h3>{t("dry.title")}</h3>
      <p className={classes.dim}>{t("dry.intro")}</p>
      <div className={own.row}>
        {t("dry.last")}
        <NumberInput className={own.small} aria-label={t("dry.days")} min={1} max={30} value={days} onChange={(next) => setDays(Math.min(30, Math.max(1, Number(next) || 1)))} />
        {t("dry.days")}
        <Button variant="default" onClick={() => (running ? (stop.current = true) : void run())}>
          {t(running ? "dry.stop" : "dry.run")}
        </Button>
      </div>
      {sum && (
        <div className={own.group} role="status">
          {sum.next !== null && (
            <div className={own.bar} role="progressbar" aria-label={t("dry.progress")} aria-valuenow={Math.round(sum.done * 100)}>
              <div style={{ width: `${sum.done * 100}%` }} />
            </div>
          )}
          <p>
            <b>{t("dry.result", { count: sum.matched, looked: sum.looked_at })}</b>
          </p>
          {sum.examples.map((each) => (
            <details key={`${each.conversation_id} ${each.at}`}>
              <summary>
                #{each.number} {each.customer_name} · <When at={each.at} /> <span className={classes.dim}>{each.text}</span>
              </summary>
              <Explanation judgement={each.judgement} saying={saying} />
            </details>
          ))}
        </div>
      )}
    </section>
  );
}

export function ProblemLine({ problem }: { problem: Problem | null }) {
  return problem ? <Failed error={problem} compact /> : null;
}
