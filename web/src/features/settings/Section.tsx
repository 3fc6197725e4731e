import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/Settings.module.css";
import { CopyButton } from "@/ui/CopyButton";

interface Props {
  title: string;
  intro?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, intro, actions, children }: Props) {
  return (
    <div className={classes.section}>
      <header className={classes.head}>
        <div>
          <h2>{title}</h2>
          {intro && <p className={classes.intro}>{intro}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function CopyField({ value }: { value: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.copyField}>
      <code>{value}</code>
      <CopyButton value={value} label={t("action.copy")} />
    </div>
  );
}

export type Tone = "ok" | "soon" | "bad" | "info" | "calm";

export function Chip({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.chip} data-tone={tone}>
      {children}
    </span>
  );
}
