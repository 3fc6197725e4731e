import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { policies as api } from "@/api/routing";
import type { PolicyWarned, RoutingPolicy } from "@/api/types";
import { draftOf, fromSeconds, newDraft, toSeconds, type Draft } from "@/features/settings/routing/draft";
import { DryRun } from "@/features/settings/routing/DryRun";
import own from "@/features/settings/routing/Routing.module.css";
import { Steps } from "@/features/settings/routing/Steps";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useAccounts } from "@/live/queries";
import { useTeams } from "@/live/routing";
import { Failed } from "@/ui/states";

const MINUTE = 60;
const DAY = 86_400;
const STRATEGIES = ["manual", "round_robin", "load_balanced", "skill_based", "previous_agent"] as const;

interface Props {
  policy: RoutingPolicy | null;
  onClose: () => void;
  onDone: (saved: PolicyWarned) => void;
}

/** A policy as sentences with gaps to fill. */
export function PolicyDialog({ policy, onClose, onDone }: Props) {
  const { t } = useTranslation(["routing", "common"]);
  const saving = useSaving();
  const [draft, setDraft] = useState<Draft>(() => (policy ? draftOf(policy) : newDraft()));
  const [tags, setTags] = useState(draft.excluded_tags.join(", "));
  const put = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const automatic = draft.strategy !== "manual" && draft.strategy !== "previous_agent";
  const whole = (): Draft => ({
    ...draft,
    name: draft.name.trim(),
    sticky_wait_s: draft.sticky ? draft.sticky_wait_s : null,
    excluded_tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean),
    routing_steps: draft.routing_steps.toSorted((one, other) => one.after_s - other.after_s),
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => onDone(await (policy ? api.replace(policy.id, whole()) : api.create(whole()))));
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={policy ? t("policy.edit", { name: policy.name }) : t("policy.create")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form className={own.wide} onSubmit={save}>
        <TextInput label={t("policy.name")} required maxLength={80} value={draft.name} onChange={(event) => put({ name: event.currentTarget.value })} error={saving.fields.name} data-autofocus />
        <Place draft={draft} put={put} />
        <label className={classes.label}>
          {t("policy.how")}
          <select className={classes.select} value={draft.strategy} onChange={(event) => put({ strategy: event.currentTarget.value as Draft["strategy"] })}>
            {STRATEGIES.map((each) => (
              <option key={each} value={each}>
                {t(`policy.strategy.${each}`)}
              </option>
            ))}
          </select>
        </label>
        {automatic && (
          <>
            <Checkbox label={t("policy.sticky")} checked={draft.sticky} onChange={(event) => put({ sticky: event.currentTarget.checked })} />
            {draft.sticky && <Sentence before={t("policy.stickyWait")} value={fromSeconds(draft.sticky_wait_s, MINUTE)} onChange={(text) => put({ sticky_wait_s: toSeconds(text, MINUTE) })} />}
            <div className={own.sentence}>
              <Figure label={t("policy.fair")} value={draft.fair_limit === null ? "" : String(draft.fair_limit)} onChange={(text) => put({ fair_limit: toSeconds(text, 1) })} />
              <Figure label={t("policy.fairIn")} value={fromSeconds(draft.fair_window_s, MINUTE)} onChange={(text) => put({ fair_window_s: toSeconds(text, MINUTE) ?? 3600 })} />
            </div>
            <label className={own.sentence}>
              {t("policy.language")}
              <select className={classes.select} value={draft.language_level} onChange={(event) => put({ language_level: Number(event.currentTarget.value) })}>
                {[1, 2, 3, 4, 5].map((level) => (
                  <option key={level}>{level}</option>
                ))}
              </select>
              <small className={classes.dim}>{t("policy.languageHint")}</small>
            </label>
            <label className={own.sentence}>
              {t("policy.offline")}
              <select className={classes.select} value={draft.on_offline} onChange={(event) => put({ on_offline: event.currentTarget.value as Draft["on_offline"] })}>
                <option value="stay">{t("policy.offlineStay")}</option>
                <option value="reassign">{t("policy.offlineReassign")}</option>
              </select>
            </label>
            <TextInput label={t("policy.tags")} description={t("policy.tagsHint")} value={tags} onChange={(event) => setTags(event.currentTarget.value)} error={saving.fields.excluded_tags} />
            <Sentence before={t("policy.old")} value={fromSeconds(draft.exclude_older_than_s, DAY)} onChange={(text) => put({ exclude_older_than_s: toSeconds(text, DAY) })} />
            <Steps steps={draft.routing_steps} onChange={(routing_steps) => put({ routing_steps })} error={saving.fields.routing_steps} />
          </>
        )}
        {automatic && <DryRun draft={whole} policy={policy?.id ?? null} />}
        <Checkbox label={t("policy.enabled")} checked={draft.enabled} onChange={(event) => put({ enabled: event.currentTarget.checked })} />
        {saving.problem && <Failed error={saving.problem} compact />}
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

interface Part {
  draft: Draft;
  put: (change: Partial<Draft>) => void;
}

/** Everything, one team, or one channel. */
function Place({ draft, put }: Part) {
  const { t } = useTranslation("routing");
  const { data: teams } = useTeams();
  const { data: accounts } = useAccounts();
  const value = draft.team_id ? `team:${draft.team_id}` : draft.account_id ? `account:${draft.account_id}` : "";
  const choose = (place: string) => {
    const [kind, id] = place.split(":");
    put({ team_id: kind === "team" ? (id ?? null) : null, account_id: kind === "account" ? (id ?? null) : null });
  };
  return (
    <label className={classes.label}>
      {t("policy.where")}
      <select className={classes.select} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("policy.everything")}</option>
        {teams?.items.map((team) => (
          <option key={team.id} value={`team:${team.id}`}>
            {t("policy.aTeam", { name: team.name })}
          </option>
        ))}
        {accounts?.items.map((account) => (
          <option key={account.id} value={`account:${account.id}`}>
            {t("policy.aChannel", { name: account.name })}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FigureProps {
  label: ReactNode;
  value: string;
  onChange: (text: string) => void;
}

/** Keeps what is typed, also while it is no number yet. */
function Figure({ label, value, onChange }: FigureProps) {
  const [text, setText] = useState(value);
  return (
    <label className={own.sentence}>
      {label}
      <input
        type="number"
        min={0}
        step="any"
        className={`${classes.select} ${own.figure}`}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          onChange(event.currentTarget.value);
        }}
      />
    </label>
  );
}

function Sentence({ before, ...rest }: { before: string } & Omit<FigureProps, "label">) {
  return <Figure label={before} {...rest} />;
}
