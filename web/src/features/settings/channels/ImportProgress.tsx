import { useTranslation } from "react-i18next";
import type { ChannelAccount } from "@/api/types";
import classes from "@/features/settings/channels/AccountUsage.module.css";
import { dateTime } from "@/lib/time";
import { useLocale } from "@/ui/i18n";

/** How far the import of earlier conversations is: a bar where the network says how much there is. */
export function ImportProgress({ history }: { history: ChannelAccount["history"] }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  const { state, count, total, oldest_at: oldest, waits_until: waits } = history;
  const share = total ? Math.min(1, count / total) : null;
  const running = state === "running" || state === "queued";
  const parts = [
    t(`usage.import.state.${state as "running"}`),
    t("usage.import.count", { count }),
    share !== null && running ? share.toLocaleString(locale, { style: "percent" }) : null,
    oldest ? t("usage.import.oldest", { at: dateTime(oldest, locale) }) : null,
    state === "queued" && waits ? t("usage.import.waits", { at: dateTime(waits, locale) }) : null,
  ];
  return (
    <div className={classes.bar}>
      <span>{parts.filter(Boolean).join(" · ")}</span>
      {running && share !== null && (
        <progress max={1} value={share} aria-label={t("channels.history")} />
      )}
    </div>
  );
}
