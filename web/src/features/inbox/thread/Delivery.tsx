import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { messages as api } from "@/api/endpoints";
import type { Conversation, DeliveryStatus, Message } from "@/api/types";
import { filesOf } from "@/features/inbox/composer/files";
import { compose } from "@/features/inbox/composer/intent";
import classes from "@/features/inbox/thread/Bubble.module.css";
import { discard, retry } from "@/live/outbox";
import { meOf } from "@/live/queries";
import { applyMessage, isLocal } from "@/live/reducer";
import { Check, CheckCheck, CircleHelp, CircleX, Clock, type LucideIcon } from "@/ui/icons";
import { sayProblem } from "@/ui/toasts";

const TICKS: Record<DeliveryStatus, LucideIcon> = {
  queued: Clock,
  sending: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleX,
  unknown: CircleHelp,
  canceled: CircleX,
};

function Tick({ status }: { status: DeliveryStatus }) {
  const { t } = useTranslation("inbox");
  const Icon = TICKS[status];
  const name = t(`delivery.${status}`);
  return (
    <span className={classes.tick} data-status={status} role="img" aria-label={name} title={name}>
      <Icon size={14} aria-hidden />
    </span>
  );
}

/** What went wrong with a reply, in words, and what can be done about it. Nothing while all is well. */
export function Delivery({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const client = useQueryClient();
  const { delivery_status: status, delivery_error: error } = message;
  const waiting = status === "queued" && message.metadata.waiting === true;
  if (status !== "failed" && status !== "unknown" && !waiting) return null;

  const run = async (call: () => Promise<Message>) => {
    try {
      applyMessage(client, await call(), meOf(client));
    } catch (problem) {
      sayProblem(t("delivery.actionFailed"), problem);
    }
  };
  const again = () => (isLocal(message) ? retry(client, message.id, () => undefined) : void run(() => api.resend(message.id, status === "unknown")));
  const takeBack = () => {
    const outgoing = discard(client, message.id);
    if (outgoing) compose(conversation.id, outgoing.mode, null, outgoing.body.content, filesOf(outgoing.key));
  };
  const edit = () => compose(conversation.id, message.metadata.private_to ? "private" : "reply", null, message.content);
  const reason = typeof error?.message === "string" && error.message ? error.message : t("delivery.noReason");
  return (
    <div className={classes.trouble} data-status={waiting ? "queued" : status} role={status === "failed" ? "alert" : undefined}>
      <span>
        {waiting ? t("delivery.waiting") : status === "unknown" ? t("delivery.unknownText") : t("delivery.failedText", { reason })}
      </span>
      {!waiting && (
        <button type="button" className={classes.textButton} onClick={again}>
          {t(status === "unknown" ? "delivery.sendAgain" : "delivery.retry")}
        </button>
      )}
      {status === "unknown" && (
        <button type="button" className={classes.textButton} onClick={() => void run(() => api.confirm(message.id))}>
          {t("delivery.confirm")}
        </button>
      )}
      {isLocal(message) ? (
        <button type="button" className={classes.textButton} onClick={takeBack}>
          {t("delivery.takeBack")}
        </button>
      ) : (
        status === "failed" && (
          <button type="button" className={classes.textButton} onClick={edit}>
            {t("delivery.edit")}
          </button>
        )
      )}
    </div>
  );
}

Delivery.Tick = Tick;
