import { useTranslation } from "react-i18next";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

export interface Leveled {
  key: string;
  level: number;
}

interface Props {
  label: string;
  hint?: string;
  options: { key: string; name: string }[];
  value: Leveled[];
  onChange: (value: Leveled[]) => void;
}

/** Things with a level from 1 to 5 each. */
export function Levels({ label, hint, options, value, onChange }: Props) {
  const { t } = useTranslation("routing");
  const nameOf = (key: string) => options.find((option) => option.key === key)?.name ?? key;
  const left = options.filter((option) => !value.some((each) => each.key === option.key));
  return (
    <fieldset className={own.group}>
      <legend>{label}</legend>
      {hint && <small className={classes.dim}>{hint}</small>}
      <ul className={own.levels}>
        {value.map((each) => (
          <li key={each.key}>
            <span>{nameOf(each.key)}</span>
            <select
              className={classes.select}
              value={each.level}
              aria-label={t("team.level", { name: nameOf(each.key) })}
              onChange={(event) => onChange(value.map((other) => (other === each ? { ...each, level: Number(event.currentTarget.value) } : other)))}
            >
              {[1, 2, 3, 4, 5].map((level) => (
                <option key={level} value={level}>
                  {t("team.levelShort", { level })}
                </option>
              ))}
            </select>
            <IconButton icon={X} label={t("team.remove", { name: nameOf(each.key) })} onClick={() => onChange(value.filter((other) => other !== each))} />
          </li>
        ))}
      </ul>
      {left.length > 0 && (
        <select className={classes.select} value="" aria-label={`${label}: ${t("team.add")}`} onChange={(event) => onChange([...value, { key: event.currentTarget.value, level: 3 }])}>
          <option value="" disabled>
            {t("team.add")}
          </option>
          {left.map((option) => (
            <option key={option.key} value={option.key}>
              {option.name}
            </option>
          ))}
        </select>
      )}
    </fieldset>
  );
}
