import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { kindOf, stepOf, toSeconds, type Step, type StepKind } from "@/features/settings/routing/draft";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useTeams } from "@/live/routing";
import { Plus, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

const MINUTE = 60;

/** What is let go of, step by step, when nobody can take a conversation. */
export function Steps({ steps, onChange, error }: { steps: Step[]; onChange: (steps: Step[]) => void; error?: string }) {
  const { t } = useTranslation("routing");
  const { data: teams } = useTeams();
  const replace = (at: number, step: Step) => onChange(steps.map((each, place) => (place === at ? step : each)));
  const last = steps.at(-1)?.after_s ?? 0;
  return (
    <fieldset className={own.group}>
      <legend>{t("policy.steps")}</legend>
      {steps.map((step, at) => (
        <span key={at} className={own.step}>
          <label className={own.sentence}>
            {t("policy.stepAfter")}
            <input
              type="number"
              min={1}
              className={`${classes.select} ${own.figure}`}
              value={step.after_s / MINUTE}
              onChange={(event) => replace(at, { ...step, after_s: toSeconds(event.currentTarget.value, MINUTE) ?? MINUTE })}
            />
          </label>
          <select className={classes.select} aria-label={t("policy.stepAny")} value={kindOf(step)} onChange={(event) => replace(at, stepOf(event.currentTarget.value as StepKind, step.after_s))}>
            <option value="no_skills">{t("policy.stepNoSkills")}</option>
            <option value="any_language">{t("policy.stepAnyLanguage")}</option>
            <option value="any_team">{t("policy.stepAnyTeam")}</option>
            {teams?.items.map((team) => (
              <option key={team.id} value={`team:${team.id}`}>
                {t("policy.stepTeam", { name: team.name })}
              </option>
            ))}
          </select>
          <IconButton icon={X} label={t("policy.removeStep")} onClick={() => onChange(steps.filter((_, place) => place !== at))} />
        </span>
      ))}
      {error && <p className={own.warning}>{error}</p>}
      <Button variant="default" size="compact-sm" leftSection={<Plus size={14} />} onClick={() => onChange([...steps, stepOf("no_skills", last + 5 * MINUTE)])}>
        {t("policy.addStep")}
      </Button>
    </fieldset>
  );
}
