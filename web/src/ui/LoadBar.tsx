import { useTranslation } from "react-i18next";
import classes from "@/ui/LoadBar.module.css";

/** How much somebody has of how much they can; the figures beside the bar. */
export function LoadBar({ load, capacity }: { load: number; capacity: number | null }) {
  const { t } = useTranslation("routing");
  const share = capacity === null ? 0 : capacity === 0 ? 1 : Math.min(1, load / capacity);
  const state = capacity === null ? "free" : load > capacity ? "over" : load >= capacity ? "full" : "free";
  return (
    <span className={classes.load}>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} data-state={state} style={{ transform: `scaleX(${share})` }} />
      </span>
      <span className={classes.figure}>{capacity === null ? t("team.loadFree", { load }) : t("team.loadOf", { load, capacity })}</span>
    </span>
  );
}
