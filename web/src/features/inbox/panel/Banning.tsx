import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "@/api/endpoints";
import type { Conversation } from "@/api/types";
import classes from "@/features/inbox/panel/Panel.module.css";
import { meOf } from "@/live/queries";
import { applyConversation, refetchBans } from "@/live/reducer";
import { Ban } from "@/ui/icons";
import { sayProblem } from "@/ui/toasts";

const BanDialog = lazy(() => import("@/features/inbox/panel/BanDialog"));

/** Keeps the person from writing to us on the network, or lets them again. */
export default function Banning({ conversation, may, accountName }: { conversation: Conversation; may: string[]; accountName: string }) {
  const { t } = useTranslation("inbox");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const { id, banned, customer_name: name } = conversation;
  const ability = banned ? "unban" : "ban";
  const run = async () => {
    setBusy(true);
    try {
      applyConversation(client, await conversations.actOnPerson(id, ability), meOf(client));
      refetchBans(client, conversation);
      setAsking(false);
    } catch (error) {
      sayProblem(t("message.actionFailed"), error);
    }
    setBusy(false);
  };
  return (
    <section className={classes.block}>
      {banned && (
        <p className={classes.banned}>
          <Ban size={14} aria-hidden /> {t("panel.bannedHint", { account: accountName })}
        </p>
      )}
      {may.includes(ability) && (
        <Button variant="default" size="compact-sm" leftSection={<Ban size={14} />} loading={busy && banned} onClick={() => (banned ? void run() : setAsking(true))}>
          {t(banned ? "panel.unban" : "panel.ban")}
        </Button>
      )}
      {asking && (
        <Suspense>
          <BanDialog name={name} account={accountName} busy={busy} onClose={() => setAsking(false)} onBan={() => void run()} />
        </Suspense>
      )}
    </section>
  );
}
