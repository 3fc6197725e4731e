import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { rules, type Rule, type RuleDraft, type Vocabulary } from "@/api/rules";
import { ActionList } from "@/features/settings/rules/Actions";
import { GroupEditor } from "@/features/settings/rules/Conditions";
import { EVENTS, TIMED, tidied, withEvent } from "@/features/settings/rules/draft";
import type { Choices } from "@/features/settings/rules/names";
import own from "@/features/settings/rules/Rules.module.css";
import type { Saying } from "@/features/settings/rules/saying";
import { DryRunPart, ProblemLine, TestWith } from "@/features/settings/rules/Trying";
import { Duration } from "@/features/settings/rules/Values";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";

interface Props {
  rule: Rule | null;
  start: RuleDraft;
  vocabulary: Vocabulary;
  choices: Choices;
  saying: Saying;
  onClose: () => void;
  onDone: (rule: Rule) => void;
}

/** A rule to be filled in: when, if, then; and tried before it is saved. */
export function RuleDialog({ rule, start, vocabulary, choices, saying, onClose, onDone }: Props) {
  const { t } = useTranslation(["rules", "common"]);
  const saving = useSaving();
  const [draft, setDraft] = useState(start);
  const [refused, setRefused] = useState<Problem | null>(null);
  const put = (change: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...change }));
  const problem = saving.problem ?? refused;
  const errors: Record<string, string> = problem?.fields ?? {};
  const id = rule?.id ?? null;
  const trying = { draft: () => tidied(draft), id, saying, onProblem: setRefused };
  const save = (event: FormEvent) => {
    event.preventDefault();
    setRefused(null);
    void saving.run(async () => onDone(await (rule ? rules.change(rule.id, tidied(draft)) : rules.create(tidied(draft)))));
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={rule ? t("edit", { name: rule.name }) : t("create")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form className={own.form} onSubmit={save}>
        <TextInput label={t("name")} required maxLength={120} value={draft.name} onChange={(event) => put({ name: event.currentTarget.value })} error={errors.name} data-autofocus />
        <section className={own.part}>
          <h3>{t("whenTitle")}</h3>
          <div className={own.row}>
            <select className={classes.select} aria-label={t("whenTitle")} value={draft.event} onChange={(event) => setDraft((before) => withEvent(before, event.currentTarget.value as RuleDraft["event"]))}>
              {EVENTS.map((each) => (
                <option key={each} value={each}>
                  {t(`event.${each}`)}
                </option>
              ))}
            </select>
            {TIMED.includes(draft.event) && <Duration key={draft.event} label={t("howLong")} seconds={draft.after_s ?? 3600} onChange={(after_s) => put({ after_s })} />}
          </div>
          {errors.after_s && <p className={own.error}>{errors.after_s}</p>}
          {TIMED.includes(draft.event) && <p className={classes.dim}>{t("timedHint")}</p>}
        </section>
        <section className={own.part}>
          <h3>{t("ifTitle")}</h3>
          <GroupEditor group={draft.conditions ?? { type: "group" }} path="conditions" vocabulary={vocabulary} choices={choices} errors={errors} onChange={(conditions) => put({ conditions })} />
        </section>
        <section className={own.part}>
          <h3>{t("thenTitle")}</h3>
          <ActionList actions={draft.actions} choices={choices} blanks={vocabulary.blanks} errors={errors} kept={rule !== null} onChange={(actions) => put({ actions })} />
        </section>
        <Checkbox label={t("stopAfter")} checked={draft.stop ?? false} onChange={(event) => put({ stop: event.currentTarget.checked })} />
        <Checkbox label={t("enabled")} checked={draft.enabled ?? true} onChange={(event) => put({ enabled: event.currentTarget.checked })} />
        <TestWith {...trying} />
        <DryRunPart {...trying} />
        <ProblemLine problem={problem} />
        <div className={classes.formActions}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy} disabled={!draft.name.trim()}>
            {t("common:action.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
