import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { ChannelAccount, Platform } from "@/api/types";
import { Arrival } from "@/features/settings/channels/Arrival";
import classes from "@/features/settings/channels/Channels.module.css";
import { CopyField } from "@/features/settings/Section";
import { useSession } from "@/live/queries";
import { CircleCheck, Clock } from "@/ui/icons";
import { When } from "@/ui/Time";

/** The way from an address to the first event, renewed while one looks: the socket tells each step. */
export function Verification({ account, platform }: { account: ChannelAccount; platform: Platform | null }) {
  const { t } = useTranslation("settings");
  const address = account.webhook_url;
  const admin = useSession().role === "administrator";
  const { data: webhook } = useQuery({ queryKey: keys.webhook(account.id), queryFn: () => api.webhook(account.id), enabled: admin });
  return (
    <div className={classes.setupBox}>
      {platform && <Arrival platform={platform} />}
      {address && (
        <>
          <h4>{t("channels.address")}</h4>
          <CopyField value={address} />
        </>
      )}
      {webhook?.verify_token && (
        <>
          <h4>{t("channels.verifyToken")}</h4>
          <CopyField value={webhook.verify_token} />
        </>
      )}
      {account.steps.length > 0 && (
        <>
          <h4>{t("channels.steps")}</h4>
          <ol className={classes.steps}>
            {account.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </>
      )}
      <ul className={classes.progress} aria-live="polite">
        <Step done={account.status === "connected"} text={t("channels.stage.credentials")} />
        <Step done={account.webhook_verified_at !== null} at={account.webhook_verified_at} text={t("channels.stage.verified")} waiting={t("channels.stage.verifying")} />
        <Step done={account.last_event_at !== null} at={account.last_event_at} text={t("channels.stage.event")} waiting={t("channels.stage.noEvent")} />
      </ul>
    </div>
  );
}

interface StepProps {
  done: boolean;
  text: string;
  waiting?: string;
  at?: string | null;
}

function Step({ done, text, waiting, at }: StepProps) {
  return (
    <li data-done={done || undefined}>
      {done ? <CircleCheck size={16} aria-hidden /> : <Clock size={16} aria-hidden />}
      <span>
        {done ? text : (waiting ?? text)} {done && at && <When at={at} />}
      </span>
    </li>
  );
}
