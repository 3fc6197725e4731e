import { Button, NumberInput, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RuleAction } from "@/api/rules";
import { ACTIONS, moved, newAction, replaced, without } from "@/features/settings/rules/draft";
import type { Choices } from "@/features/settings/rules/names";
import own from "@/features/settings/rules/Rules.module.css";
import { Choice, Duration, Words } from "@/features/settings/rules/Values";
import classes from "@/features/settings/Settings.module.css";
import { IconButton } from "@/ui/IconButton";
import { ChevronDown, ChevronUp, Plus, Trash2 } from "@/ui/icons";

interface Props {
  actions: RuleAction[];
  choices: Choices;
  blanks: string[];
  errors: Record<string, string>;
  /** Whether a webhook has its secret already. */
  kept: boolean;
  onChange: (actions: RuleAction[]) => void;
}

/** What the rule does, one after the other. */
export function ActionList({ actions, onChange, errors, ...shared }: Props) {
  const { t } = useTranslation("rules");
  return (
    <div className={own.part}>
      {actions.map((action, index) => {
        const found = Object.entries(errors).filter(([path]) => path.startsWith(`actions[${index}]`));
        return (
          // oxlint-disable-next-line react/no-array-index-key -- actions have no other name than their place
          <div key={index} className={own.action}>
            <select className={classes.select} aria-label={t("actionLabel")} value={action.type} onChange={(event) => onChange(replaced(actions, index, newAction(event.currentTarget.value as RuleAction["type"])))}>
              {ACTIONS.map((each) => (
                <option key={each} value={each}>
                  {t(`action.${each}`)}
                </option>
              ))}
            </select>
            <ActionFields action={action} onChange={(next) => onChange(replaced(actions, index, next))} {...shared} />
            {found.map(([path, sentence]) => (
              <p key={path} className={own.error} role="alert">
                {sentence}
              </p>
            ))}
            <span className={`${own.side} ${own.end}`}>
              <IconButton icon={ChevronUp} label={t("up")} disabled={index === 0} onClick={() => onChange(moved(actions, index, -1))} />
              <IconButton icon={ChevronDown} label={t("down")} disabled={index === actions.length - 1} onClick={() => onChange(moved(actions, index, 1))} />
              <IconButton icon={Trash2} label={t("removeAction")} disabled={actions.length === 1} onClick={() => onChange(without(actions, index))} />
            </span>
          </div>
        );
      })}
      <div>
        <Button size="xs" variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => onChange([...actions, newAction("add_note")])}>
          {t("addAction")}
        </Button>
      </div>
    </div>
  );
}

interface FieldsProps {
  action: RuleAction;
  choices: Choices;
  blanks: string[];
  kept: boolean;
  onChange: (action: RuleAction) => void;
}

function ActionFields({ action, choices, blanks, kept, onChange }: FieldsProps) {
  const { t } = useTranslation("rules");
  const words = (values: readonly string[]) => values.map((each) => ({ value: each, label: t(`word.${each}` as "word.open") }));
  switch (action.type) {
    case "assign":
      return <Choice label={t("who")} value={action.agent_id ?? "none"} options={[{ value: "none", label: t("nobody") }, ...choices.agent]} onChange={(next) => onChange({ ...action, agent_id: next === "none" ? null : next })} />;
    case "assign_team":
      return <Choice label={t("team")} value={action.team_id} options={choices.team} onChange={(team_id) => onChange({ ...action, team_id })} />;
    case "set_status":
      return <Choice label={t("value")} value={action.status} options={words(["open", "pending", "resolved", "closed"])} onChange={(status) => onChange({ ...action, status: status as typeof action.status })} />;
    case "set_priority":
      return <Choice label={t("value")} value={action.priority} options={words(["low", "medium", "high", "urgent"])} onChange={(priority) => onChange({ ...action, priority: priority as typeof action.priority })} />;
    case "add_tags":
    case "remove_tags":
      return <Words label={t("tags")} options={choices.tag} words={action.tags} onChange={(tags) => onChange({ ...action, tags })} />;
    case "set_sla_policy":
      return <Choice label={t("value")} value={action.policy_id ?? "none"} options={[{ value: "none", label: t("byConditions") }, ...choices.policy]} onChange={(next) => onChange({ ...action, policy_id: next === "none" ? null : next })} />;
    case "moderate":
      return <Choice label={t("value")} value={action.ability} options={words(["hide", "like", "delete"])} onChange={(ability) => onChange({ ...action, ability: ability as typeof action.ability })} />;
    case "snooze":
      return <Duration label={t("howLong")} seconds={action.minutes * 60} onChange={(seconds) => onChange({ ...action, minutes: Math.max(1, Math.round(seconds / 60)) })} />;
    case "add_note":
      return <Said label={t("text")} text={action.text} blanks={blanks} onChange={(text) => onChange({ ...action, text })} />;
    case "notify":
      return (
        <>
          <Choice label={t("who")} value={action.to} options={(["supervisors", "assignee", "people"] as const).map((each) => ({ value: each, label: t(`to.${each}`) }))} onChange={(to) => onChange({ ...action, to: to as typeof action.to })} />
          {action.to === "people" && <Words label={t("who")} options={choices.agent} words={action.people ?? []} onChange={(people) => onChange({ ...action, people })} />}
          <Said label={t("text")} text={action.text} blanks={blanks} onChange={(text) => onChange({ ...action, text })} />
        </>
      );
    case "reply":
      return (
        <div className={own.block}>
          {Object.entries(action.texts).map(([language, text]) => (
            <Said key={language} label={t("textIn", { language })} text={text} blanks={blanks} onChange={(next) => onChange({ ...action, texts: { ...action.texts, [language]: next } })} />
          ))}
          <span className={own.row}>
            {t("otherwise")}
            <Choice label={t("otherwise")} value={action.language} options={Object.keys(action.texts).map((each) => ({ value: each, label: each }))} onChange={(language) => onChange({ ...action, language })} />
            {t("every")}
            <NumberInput className={own.small} aria-label={t("every")} min={1} max={525_600} value={action.every_minutes ?? 60} onChange={(next) => onChange({ ...action, every_minutes: Number(next) || 1 })} />
            {t("minutes")}
          </span>
          <small className={classes.dim}>{t("replyHint")}</small>
        </div>
      );
    case "webhook":
      return (
        <div className={own.block}>
          <TextInput aria-label={t("url")} placeholder="https://" value={action.url} onChange={(event) => onChange({ ...action, url: event.currentTarget.value })} />
          <PasswordInput aria-label={t("secret")} placeholder={t(kept ? "secretKept" : "secret")} value={action.secret ?? ""} onChange={(event) => onChange({ ...action, secret: event.currentTarget.value || null })} />
          <small className={classes.dim}>{t("webhookHint")}</small>
        </div>
      );
    default:
      return null;
  }
}

function Said({ label, text, blanks, onChange }: { label: string; text: string; blanks: string[]; onChange: (text: string) => void }) {
  const { t } = useTranslation("rules");
  return (
    <div className={own.block}>
      <Textarea label={label} autosize minRows={2} maxRows={8} value={text} onChange={(event) => onChange(event.currentTarget.value)} />
      <details>
        <summary className={classes.dim}>{t("blanks")}</summary>
        <span className={own.row}>
          {blanks.map((each) => (
            <button key={each} type="button" className={own.link} onClick={() => onChange(`${text}{{${each}}}`)}>
              {t(`blank.${each.replace(".", "_")}` as "blank.customer_name")}
            </button>
          ))}
        </span>
      </details>
    </div>
  );
}
