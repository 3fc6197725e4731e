import { useTranslation } from "react-i18next";
import type { Platform } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { usePurpose } from "@/features/settings/channels/fieldText";
import { Check } from "@/ui/icons";

/** What the network will ask the person for, and why, before it asks. */
export function Permissions({ platform }: { platform: Platform }) {
  const { t } = useTranslation("settings");
  const purpose = usePurpose(platform.platform);
  if (platform.scopes.length === 0) return null;
  return (
    <section className={classes.permissions}>
      <h4>{t("channels.permissions", { name: platform.name })}</h4>
      <ul>
        {platform.scopes.map((scope) => (
          <li key={scope.name}>
            <Check size={16} aria-hidden />
            <span>
              {purpose(scope)} {!scope.required && <em>{t("channels.optional")}</em>}
              <code>{scope.name}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
