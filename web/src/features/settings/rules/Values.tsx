import { NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RuleCondition, RuleField } from "@/api/rules";
import { UNITS, unitOf, wantsMany, wantsValue, type Unit, type Value } from "@/features/settings/rules/draft";
import type { Option } from "@/features/settings/rules/names";
import own from "@/features/settings/rules/Rules.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useState } from "react";

interface Props {
  field: RuleField;
  condition: RuleCondition;
  options: Option[] | null;
  onChange: (value: Value) => void;
}

/** The field for a condition's value: as its field and operator need it. */
export function ValueInput({ field, condition, options, onChange }: Props) {
  const { t } = useTranslation("rules");
  const { operator, value } = condition;
  const label = t("value");
  if (!wantsValue(operator)) return null;
  if (field.kind === "flag") return <Choice label={label} value={String(value)} options={[{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]} onChange={(next) => onChange(next === "true")} />;
  if (field.kind === "number") return <NumberInput className={own.small} aria-label={label} min={0} value={typeof value === "number" ? value : 0} onChange={(next) => onChange(Number(next) || 0)} />;
  if (field.kind === "duration") return <Duration label={label} seconds={typeof value === "number" ? value : 0} onChange={onChange} />;
  if (wantsMany(operator)) return <Words label={label} options={options} words={Array.isArray(value) ? value : []} onChange={onChange} />;
  const single = typeof value === "string" ? value : "";
  if (options) return <Choice label={label} value={single} options={options} onChange={onChange} />;
  return <TextInput className={own.grow} aria-label={label} value={single} onChange={(event) => onChange(event.currentTarget.value)} placeholder={operator.startsWith("matches") ? t("pattern") : undefined} />;
}

export function Choice({ label, value, options, onChange }: { label: string; value: string; options: Option[]; onChange: (value: string) => void }) {
  const { t } = useTranslation("rules");
  return (
    <select className={classes.select} aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {!options.some((each) => each.value === value) && <option value={value}>{t("choose")}</option>}
      {options.map((each) => (
        <option key={each.value} value={each.value}>
          {each.label}
        </option>
      ))}
    </select>
  );
}

/** Several values: of a list, or any words. Enter or a comma ends one. */
export function Words({ label, options, words, onChange }: { label: string; options: Option[] | null; words: string[]; onChange: (words: string[]) => void }) {
  const { t } = useTranslation("rules");
  const named = (value: string) => options?.find((each) => each.value === value)?.label ?? value;
  const valued = (name: string) => options?.find((each) => each.label === name)?.value ?? name;
  return (
    <TagsInput
      className={own.grow}
      aria-label={label}
      placeholder={words.length === 0 ? t(options ? "chooseSome" : "words") : undefined}
      data={options ? [...new Set(options.map((each) => each.label))] : []}
      value={words.map(named)}
      onChange={(next) => onChange(next.map(valued))}
      acceptValueOnBlur
    />
  );
}

export function Duration({ label, seconds, onChange }: { label: string; seconds: number; onChange: (seconds: number) => void }) {
  const { t } = useTranslation("rules");
  const [unit, setUnit] = useState<Unit>(() => unitOf(seconds));
  return (
    <span className={own.row}>
      <NumberInput className={own.small} aria-label={label} min={1} value={Math.round((seconds / UNITS[unit]) * 100) / 100} onChange={(next) => onChange(Math.max(60, Math.round(Number(next) * UNITS[unit])))} />
      <select
        className={classes.select}
        aria-label={t("unitLabel")}
        value={unit}
        onChange={(event) => {
          const next = event.currentTarget.value as Unit;
          onChange(Math.max(60, Math.round((seconds / UNITS[unit]) * UNITS[next])));
          setUnit(next);
        }}
      >
        {(Object.keys(UNITS) as Unit[]).map((each) => (
          <option key={each} value={each}>
            {t(`unit.${each}`)}
          </option>
        ))}
      </select>
    </span>
  );
}
