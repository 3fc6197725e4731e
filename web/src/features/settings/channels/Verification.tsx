import { useTranslation } from "react-i18next";
import type { ChannelAccount, Platform } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { CopyField } from "@/features/settings/Section";
import { CircleCheck, Clock, TriangleAlert } from "@/ui/icons";
import { When } from "@/ui/Time";

function isLocal(address: string): boolean {
  return /^http:|\/\/(localhost|127\.|\[::1\])/.test(address);
}

/** The way from an address to the first event, renewed while one looks: the socket tells each step. */
export function Verification({ account, platform }: { account: ChannelAccount; platform: Platform | null }) {
  const { t } = useTranslation("settings");
  const address = account.webhook_url;
  const unreachable = address !== null && isLocal(address) && (platform?.needs_public_url ?? true);
  return (
    <div className={classes.setupBox}>
      {address && (
        <>
          <h4>{t("channels.address")}</h4>
          <CopyField value={address} />
        </>
      )}
      {unreachable && (
        <p className={classes.warning}>
          <TriangleAlert size={16} aria-hidden /> {t("channels.localhost")}
        </p>
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
