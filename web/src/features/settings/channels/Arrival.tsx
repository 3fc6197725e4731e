import { useTranslation } from "react-i18next";
import type { Platform } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { span } from "@/lib/time";
import { CircleCheck, TriangleAlert } from "@/ui/icons";
import { useLocale } from "@/ui/i18n";

/** How messages get here where the network cannot reach this Hark: it is asked, or something is missing. */
export function Arrival({ platform }: { platform: Platform }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  if (platform.reachable) return null;
  const { name, poll_seconds: every } = platform;
  if (every !== null)
    return (
      <p className={classes.notice}>
        <CircleCheck size={16} aria-hidden />
        <span>{t("channels.asked", { name, every: span(every * 1000, locale) })}</span>
      </p>
    );
  return (
    <p className={classes.warning}>
      <TriangleAlert size={16} aria-hidden />
      <span>{t(platform.imports_history ? "channels.slow" : "channels.unreachable", { name })}</span>
    </p>
  );
}
