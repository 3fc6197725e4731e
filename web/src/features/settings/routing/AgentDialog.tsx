import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { agents as api } from "@/api/routing";
import type { Agent, Source } from "@/api/types";
import { HoursEditor, officeHours } from "@/features/settings/routing/HoursEditor";
import { LANGUAGE_CODES } from "@/lib/languages";
import { Levels } from "@/features/settings/routing/Levels";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { languageName } from "@/lib/time";
import { useAccounts } from "@/live/queries";
import { useSkills, useTeams } from "@/live/routing";
import { useLocale } from "@/ui/i18n";
import { Failed } from "@/ui/states";

const SOURCES: Source[] = ["dm", "comment", "mention", "review"];

interface Props {
  agent: Agent;
  onClose: () => void;
  onDone: () => void;
}

/** Everything that decides about what a person is given. */
export function AgentDialog({ agent, onClose, onDone }: Props) {
  const { t } = useTranslation(["routing", "common", "inbox"]);
  const locale = useLocale();
  const saving = useSaving();
  const { data: skills } = useSkills();
  const { data: teams } = useTeams();
  const { data: accounts } = useAccounts();
  const [capacity, setCapacity] = useState(agent.capacity === null ? "" : String(agent.capacity));
  const [perSource, setPerSource] = useState<Record<string, string>>(() => Object.fromEntries(Object.entries(agent.capacities).map(([place, limit]) => [place, String(limit)])));
  const [can, setCan] = useState(agent.skills.map(({ skill_id, level }) => ({ key: skill_id, level })));
  const [speaks, setSpeaks] = useState(agent.languages.map(({ language, level }) => ({ key: language, level })));
  const [inTeams, setInTeams] = useState(agent.team_ids);
  const [works, setWorks] = useState(agent.account_ids);
  const [hours, setHours] = useState(agent.hours);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const limits = Object.entries(perSource).filter(([, limit]) => limit !== "");
    void saving.run(async () => {
      await api.change(agent.user_id, {
        capacity: capacity === "" ? null : Number(capacity),
        capacities: Object.fromEntries(limits.map(([place, limit]) => [place, Number(limit)])),
        skills: can.map(({ key, level }) => ({ skill_id: key, level })),
        languages: speaks.map(({ key, level }) => ({ language: key, level })),
        team_ids: inTeams,
        account_ids: works,
        hours,
      });
      onDone();
    });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={t("team.edit", { name: agent.name })} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form className={own.wide} onSubmit={save}>
        <TextInput type="number" min={0} max={1000} label={t("team.capacity")} description={t("team.capacityHint")} value={capacity} onChange={(event) => setCapacity(event.currentTarget.value)} error={saving.fields.capacity} data-autofocus />
        <fieldset className={own.group}>
          <legend>{t("team.perSource")}</legend>
          <span className={own.perSource}>
            {SOURCES.map((source) => {
              const place = `source:${source}`;
              return <TextInput key={source} type="number" min={0} max={1000} label={t(`inbox:source.${source}`)} value={perSource[place] ?? ""} onChange={(event) => setPerSource({ ...perSource, [place]: event.currentTarget.value })} />;
            })}
          </span>
        </fieldset>
        <Levels label={t("team.languages")} hint={t("team.languagesHint")} value={speaks} onChange={setSpeaks} options={languageOptions(locale)} />
        <Levels label={t("team.skills")} value={can} onChange={setCan} options={skills?.items.map(({ id, name }) => ({ key: id, name })) ?? []} />
        {teams && teams.items.length > 0 && <Choices label={t("team.teams")} options={teams.items} value={inTeams} onChange={setInTeams} />}
        {accounts && <Choices label={t("team.channels")} hint={t("team.channelsHint")} options={accounts.items} value={works} onChange={setWorks} />}
        <fieldset className={own.group}>
          <legend>{t("team.hours")}</legend>
          <small className={classes.dim}>{t("team.hoursHint")}</small>
          <Checkbox label={t("team.always")} checked={hours === null} onChange={(event) => setHours(event.currentTarget.checked ? null : officeHours())} />
          {hours && <HoursEditor value={hours} onChange={setHours} error={saving.fields["hours.zone"] ?? saving.fields["hours.week"]} />}
        </fieldset>
        {saving.problem && <Failed error={saving.problem} compact />}
        <div className={classes.formActions}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {t("common:action.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function languageOptions(locale: string): { key: string; name: string }[] {
  return LANGUAGE_CODES.map((key) => ({ key, name: languageName(key, locale) })).toSorted((one, other) => one.name.localeCompare(other.name, locale));
}

interface ChoicesProps {
  label: string;
  hint?: string;
  options: { id: string; name: string }[];
  value: string[];
  onChange: (value: string[]) => void;
}

function Choices({ label, hint, options, value, onChange }: ChoicesProps) {
  return (
    <fieldset className={own.group}>
      <legend>{label}</legend>
      {hint && <small className={classes.dim}>{hint}</small>}
      <span className={own.choices}>
        {options.map(({ id, name }) => (
          <Checkbox key={id} label={name} checked={value.includes(id)} onChange={(event) => onChange(event.currentTarget.checked ? [...value, id] : value.filter((each) => each !== id))} />
        ))}
      </span>
    </fieldset>
  );
}
