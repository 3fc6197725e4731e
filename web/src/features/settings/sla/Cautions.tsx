import { useTranslation } from "react-i18next";
import type { Caution } from "@/features/settings/sla/api";
import classes from "@/features/settings/sla/Sla.module.css";
import { TriangleAlert } from "@/ui/icons";

/** What looks wrong and may be meant. */
export function Cautions({ cautions }: { cautions: Caution[] }) {
  const { t, i18n } = useTranslation(["sla", "inbox"]);
  const said = (caution: Caution): string => {
    const key = `caution.${caution.code}`;
    const values = caution.values.map((each) => (i18n.exists(`inbox:priority.${String(each)}`) ? String(t(`inbox:priority.${String(each)}` as "inbox:priority.low")) : String(each)));
    return i18n.exists(`sla:${key}`) ? String(t(key as "caution.shadowed", { values: values.join(", "), count: values.length } as never)) : caution.code;
  };
  if (cautions.length === 0) return null;
  return (
    <ul className={classes.cautions}>
      {cautions.map((each) => (
        <li key={`${each.code}${each.field}`}>
          <TriangleAlert size={14} aria-hidden />
          {said(each)}
        </li>
      ))}
    </ul>
  );
}
