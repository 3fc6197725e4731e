import { useTranslation } from "react-i18next";
import type { Identity } from "@/api/types";
import { ChannelMark } from "@/ui/channels";
import classes from "@/ui/Identities.module.css";
import { Ban, CircleX } from "@/ui/icons";

/** Who a customer is on each network. */
export function Identities({ identities }: { identities: Identity[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.list} aria-label={t("identities.label")}>
      {identities.map((identity) => (
        <li key={identity.id}>
          <ChannelMark platform={identity.platform} label={identity.platform} />
          <span className={classes.text}>
            <span className="truncate">{identity.name ?? identity.platform_user_id}</span>
            <span className="truncate">{identity.handle ? `@${identity.handle.replace(/^@/, "")}` : identity.platform_user_id}</span>
          </span>
          {identity.banned_by.length > 0 && (
            <span className={classes.blocked}>
              <Ban size={14} aria-hidden /> {t("identities.banned")}
            </span>
          )}
          {!identity.reachable && (
            <span className={classes.blocked}>
              <CircleX size={14} aria-hidden /> {t("identities.unreachable")}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
