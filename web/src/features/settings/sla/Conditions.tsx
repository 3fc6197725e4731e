import { useState } from "react";
import { useTranslation } from "react-i18next";
import calendarsStyle from "@/features/settings/calendars/Calendars.module.css";
import { AddButton } from "@/features/settings/calendars/Week";
import settings from "@/features/settings/Settings.module.css";
import type { Condition, PolicyDraft } from "@/features/settings/sla/api";
import { FIELDS, useConditionChoices } from "@/features/settings/sla/conditions";
import { isNegative, operatorFor } from "@/features/settings/sla/sentences";
import classes from "@/features/settings/sla/Sla.module.css";
import { useLocale } from "@/ui/i18n";
import { ChevronDown, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Picker } from "@/ui/Picker";

interface Props {
  draft: PolicyDraft;
  onChange: (change: Partial<PolicyDraft>) => void;
}

/** For which conversations, read as sentences. */
export function Conditions({ draft, onChange }: Props) {
  const { t } = useTranslation("sla");
  const { conditions, match } = draft;
  const set = (next: Condition[]) => onChange({ conditions: next });
  return (
    <fieldset className={calendarsStyle.group}>
      <legend>{t("condition.title")}</legend>
      {conditions.length === 0 && <p className={calendarsStyle.hint}>{t("policy.everything")}</p>}
      {conditions.length > 1 && (
        <select className={settings.select} style={{ justifySelf: "start" }} aria-label={t("condition.match")} value={match} onChange={(event) => onChange({ match: event.currentTarget.value as "all" })}>
          <option value="all">{t("condition.all")}</option>
          <option value="any">{t("condition.any")}</option>
        </select>
      )}
      {conditions.map((condition, index) => (
        <Line key={index} condition={condition} onChange={(next) => set(conditions.with(index, next))} onRemove={() => set(conditions.toSpliced(index, 1))} />
      ))}
      <span className={calendarsStyle.addAt}>
        <AddButton label={t("condition.add")} onClick={() => set([...conditions, { field: FIELDS.find((each) => !conditions.some(({ field }) => field === each)) ?? "tag", operator: "is", values: [] }])} />
      </span>
    </fieldset>
  );
}

interface LineProps {
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function Line({ condition: { field, operator, values }, onChange, onRemove }: LineProps) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const choices = useConditionChoices()[field];
  const [picking, setPicking] = useState(false);
  const names = values.map((value) => choices.find((each) => each.value === value)?.label ?? value);
  const said = names.length > 0 ? new Intl.ListFormat(locale, { type: "disjunction" }).format(names) : t("condition.choose");
  const negative = isNegative(operator);
  const pick = (value: string) => {
    const next = values.includes(value) ? values.filter((each) => each !== value) : field === "vip" ? [value] : [...values, value];
    onChange({ field, operator: operatorFor(next, negative), values: next });
  };
  return (
    <div className={classes.condition}>
      <select className={settings.select} aria-label={t("condition.field")} value={field} onChange={(event) => onChange({ field: event.currentTarget.value as Condition["field"], operator: "is", values: [] })}>
        {FIELDS.map((each) => (
          <option key={each} value={each}>
            {t(`field.${each}`)}
          </option>
        ))}
      </select>
      <select className={settings.select} aria-label={t("condition.operator")} value={negative ? "not" : "is"} onChange={(event) => onChange({ field, operator: operatorFor(values, event.currentTarget.value === "not"), values })}>
        <option value="is">{t("condition.is")}</option>
        <option value="not">{t("condition.isNot")}</option>
      </select>
      <Picker opened={picking} onOpen={setPicking} options={choices} chosen={values} onPick={pick} label={t("condition.values")} search={choices.length > 8 ? t("condition.search") : undefined} empty={t("condition.nothing")} many={field !== "vip"}>
        <button type="button" className={classes.values} data-empty={values.length === 0 || undefined} aria-label={`${t("condition.values")}: ${said}`} onClick={() => setPicking(!picking)}>
          <span>{said}</span>
          <ChevronDown size={14} aria-hidden />
        </button>
      </Picker>
      <IconButton icon={X} iconSize={14} label={t("condition.remove")} onClick={onRemove} />
    </div>
  );
}
