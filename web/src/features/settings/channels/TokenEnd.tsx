import { useTranslation } from "react-i18next";
import type { ChannelAccount } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { useNow } from "@/lib/clock";
import { span } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { When } from "@/ui/Time";
import { TriangleAlert } from "@/ui/icons";

/** When the access to the network ends, for an account's list of facts. */
export function TokenEnd({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  const now = useNow();
  const end = account.token_expires_at;
  if (end === null || account.status === "reconnect") return null;
  const left = Date.parse(end) - now;
  return (
    <div>
      <dt>{t("channels.access")}</dt>
      <dd>
        {account.renews ? t("channels.renews") : left > 0 ? t("channels.endsIn", { span: span(left, locale) }) : t("channels.ended")} {!account.renews && <When at={end} />}
      </dd>
    </div>
  );
}

/** The warning that comes two weeks before, where only a person can renew the access. */
export function EndsSoon({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("settings");
  if (!account.token_ends_soon || account.status === "reconnect") return null;
  return (
    <p className={classes.warning}>
      <TriangleAlert size={16} aria-hidden />
      <span>{t("channels.endsSoon")}</span>
    </p>
  );
}
