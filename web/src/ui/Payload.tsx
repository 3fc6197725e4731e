import classes from "@/ui/Payload.module.css";
import { CopyButton } from "@/ui/CopyButton";
import { useTranslation } from "react-i18next";

/** JSON as it was received, to read and to copy. */
export function Payload({ value }: { value: unknown }) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div className={classes.frame}>
      <div className={classes.copy}>
        <CopyButton value={text} label={t("action.copy")} />
      </div>
      <pre className={classes.text} tabIndex={0} role="region" aria-label={t("payload")}>
        {text}
      </pre>
    </div>
  );
}
