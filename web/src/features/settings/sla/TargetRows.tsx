import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import calendarsStyle from "@/features/settings/calendars/Calendars.module.css";
import { AddButton } from "@/features/settings/calendars/Week";
import settings from "@/features/settings/Settings.module.css";
import type { Targets } from "@/features/settings/sla/api";
import { PRIORITIES, SOURCES } from "@/features/settings/sla/conditions";
import { minutesFrom, nextRow, typed, type TimeUnit } from "@/features/settings/sla/sentences";
import classes from "@/features/settings/sla/Sla.module.css";
import { X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

const KINDS = ["first_response", "next_response", "resolution"] as const;

interface Props {
  rows: Targets[];
  onChange: (rows: Targets[]) => void;
}

/** Targets per source and priority; the row that fits best applies whole. */
export function TargetRows({ rows, onChange }: Props) {
  const { t } = useTranslation(["sla", "inbox"]);
  return (
    <fieldset className={calendarsStyle.group}>
      <legend>{t("target.title")}</legend>
      <p className={calendarsStyle.hint}>{t("target.hint")}</p>
      {rows.map((row, index) => {
        const set = (change: Partial<Targets>) => onChange(rows.with(index, { ...row, ...change }));
        const twice = rows.findIndex((each) => each.priority === row.priority && each.source === row.source) !== index;
        const name = t("target.row", { number: index + 1 });
        return (
          <div key={index} className={classes.target} role="group" aria-label={name}>
            <div className={classes.targetFor}>
              <select className={settings.select} aria-label={t("field.source")} value={row.source ?? ""} onChange={(event) => set({ source: event.currentTarget.value || null })}>
                <option value="">{t("policy.anySource")}</option>
                {SOURCES.map((each) => (
                  <option key={each} value={each}>
                    {t(`inbox:source.${each}`)}
                  </option>
                ))}
              </select>
              <select className={settings.select} aria-label={t("field.priority")} value={row.priority ?? ""} onChange={(event) => set({ priority: event.currentTarget.value || null })}>
                <option value="">{t("policy.anyPriority")}</option>
                {PRIORITIES.map((each) => (
                  <option key={each} value={each}>
                    {t(`inbox:priority.${each}`)}
                  </option>
                ))}
              </select>
              <IconButton icon={X} iconSize={14} label={t("target.remove", { name })} disabled={rows.length === 1} onClick={() => onChange(rows.toSpliced(index, 1))} />
            </div>
            <div className={classes.times}>
              {KINDS.map((kind) => (
                <Duration key={kind} label={t(`inbox:clock.${kind}`)} minutes={row[kind]} onChange={(minutes) => set({ [kind]: minutes })} />
              ))}
            </div>
            {twice && <p className={calendarsStyle.wrong}>{t("target.twice")}</p>}
            {KINDS.every((kind) => row[kind] === null) && <p className={calendarsStyle.wrong}>{t("target.empty")}</p>}
          </div>
        );
      })}
      <span className={calendarsStyle.addAt}>
        <AddButton label={t("target.add")} onClick={() => onChange([...rows, nextRow(rows, PRIORITIES, SOURCES)])} />
      </span>
    </fieldset>
  );
}

interface DurationProps {
  label: string;
  minutes: number | null;
  onChange: (minutes: number | null) => void;
}

function Duration({ label, minutes, onChange }: DurationProps) {
  const { t } = useTranslation("sla");
  const id = useId();
  const [text, setText] = useState(() => typed(minutes));
  const change = (next: { value: string; unit: TimeUnit }) => {
    setText(next);
    onChange(minutesFrom(next.value, next.unit));
  };
  return (
    <div className={classes.duration}>
      <label htmlFor={id}>{label}</label>
      <span>
        <input id={id} type="text" inputMode="decimal" autoComplete="off" placeholder={t("target.none")} value={text.value} onChange={(event) => change({ ...text, value: event.currentTarget.value })} />
        <select className={settings.select} aria-label={t("target.unit", { name: label })} value={text.unit} onChange={(event) => change({ ...text, unit: event.currentTarget.value as TimeUnit })}>
          <option value="minutes">{t("target.minutes")}</option>
          <option value="hours">{t("target.hours")}</option>
        </select>
      </span>
    </div>
  );
}
