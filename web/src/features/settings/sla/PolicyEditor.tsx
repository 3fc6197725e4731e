import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/sla/Sla.module.css";
import calendarsStyle from "@/features/settings/calendars/Calendars.module.css";
import settings from "@/features/settings/Settings.module.css";
import { calendars, policies as api, slaKeys, type PolicyDraft, type SlaPolicy } from "@/features/settings/sla/api";
import { ChangePreview } from "@/features/settings/sla/ChangePreview";
import { Conditions } from "@/features/settings/sla/Conditions";
import { TargetRows } from "@/features/settings/sla/TargetRows";
import { useSaving } from "@/features/settings/useSaving";
import { Failed } from "@/ui/states";
import { say } from "@/ui/toasts";

const PAUSES = ["pending", "resolved", "closed"] as const;

function draftOf(policy: SlaPolicy | null): PolicyDraft {
  if (!policy) {
    return {
      name: "",
      conditions: [],
      match: "all",
      targets: [{ priority: null, source: null, first_response: 60, next_response: 240, resolution: null }],
      calendar_id: null,
      pause_statuses: ["pending"],
      warn_at_percent: 80,
      enabled: true,
    };
  }
  const { name, conditions, match, targets, calendar_id, pause_statuses, warn_at_percent, enabled } = policy;
  return { name, conditions, match, targets, calendar_id, pause_statuses, warn_at_percent, enabled };
}

interface Props {
  policy: SlaPolicy | null;
  onClose: () => void;
  onSaved: () => void;
}

export function PolicyEditor({ policy, onClose, onSaved }: Props) {
  const { t } = useTranslation(["sla", "common", "inbox"]);
  const saving = useSaving();
  const [draft, setDraft] = useState(() => draftOf(policy));
  const { data } = useQuery({ queryKey: slaKeys.calendars, queryFn: calendars.list });
  const change = (part: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...part }));
  const complete = draft.targets.length > 0 && draft.conditions.every((each) => each.values.length > 0);
  const problems = Object.entries(saving.fields).filter(([field]) => field !== "name");
  const save = (event: FormEvent) => {
    event.preventDefault();
    const named = { ...draft, name: draft.name.trim() };
    void saving.run(async () => {
      await (policy ? api.change(policy.id, named) : api.create(named));
      say(t("saved"));
      onSaved();
    });
  };
  return (
    <form className={classes.editor} onSubmit={save}>
      <div className={classes.nameLine}>
        <TextInput label={t("policy.name")} required value={draft.name} maxLength={120} onChange={(event) => change({ name: event.currentTarget.value })} error={saving.fields.name} />
        <Checkbox label={t("policy.enabled")} checked={draft.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
      </div>
      <Conditions draft={draft} onChange={change} />
      <TargetRows rows={draft.targets} onChange={(targets) => change({ targets })} />
      <fieldset className={calendarsStyle.group}>
        <legend>{t("policy.counting")}</legend>
        <div className={classes.options}>
          <label className={settings.label}>
            {t("policy.calendar")}
            <select className={settings.select} value={draft.calendar_id ?? ""} onChange={(event) => change({ calendar_id: event.currentTarget.value || null })}>
              <option value="">{t("policy.aroundClock")}</option>
              {data?.items.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
          <label className={settings.label}>
            {t("policy.warn")}
            <select className={settings.select} value={draft.warn_at_percent ?? ""} onChange={(event) => change({ warn_at_percent: event.currentTarget.value ? Number(event.currentTarget.value) : null })}>
              <option value="">{t("policy.noWarning")}</option>
              {[...new Set([50, 60, 70, 75, 80, 90, 95, draft.warn_at_percent ?? 80])].toSorted((a, b) => a - b).map((percent) => (
                <option key={percent} value={percent}>
                  {t("policy.percent", { percent })}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div className={classes.pauses} role="group" aria-label={t("policy.pauses")}>
          <span>{t("policy.pauses")}</span>
          {PAUSES.map((status) => (
            <Checkbox
              key={status}
              label={t(`inbox:status.${status}`)}
              checked={draft.pause_statuses.includes(status)}
              onChange={(event) => change({ pause_statuses: PAUSES.filter((each) => (each === status ? event.currentTarget.checked : draft.pause_statuses.includes(each))) })}
            />
          ))}
        </div>
      </fieldset>
      {complete && <ChangePreview change={{ policy: { ...draft, name: draft.name.trim() || "…" }, policy_id: policy?.id ?? null }} />}
      {problems.length > 0 ? (
        <ul className={calendarsStyle.wrong} role="alert">
          {problems.map(([field, sentence]) => (
            <li key={field}>{sentence}</li>
          ))}
        </ul>
      ) : (
        saving.problem && !saving.fields.name && <Failed error={saving.problem} compact />
      )}
      <div className={settings.formActions}>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" loading={saving.busy} disabled={!draft.name.trim() || !complete}>
          {t("common:action.save")}
        </Button>
      </div>
    </form>
  );
}
