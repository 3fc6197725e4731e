import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import type { ChannelAccount, Platform } from "@/api/types";
import { Authorize } from "@/features/settings/channels/Authorize";
import classes from "@/features/settings/channels/Channels.module.css";
import { CredentialsForm } from "@/features/settings/channels/CredentialsForm";
import { say } from "@/ui/toasts";

interface Props {
  account: ChannelAccount;
  platform: Platform;
  /** New values are pasted, though the network could be asked. */
  pasted?: boolean;
  onDone: () => Promise<unknown>;
  onClose: () => void;
}

/** New credentials for an account that is here already: it keeps its conversations. */
export function Reconnect({ account, platform, pasted = false, onDone, onClose }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const [pasting, setPasting] = useState(pasted || platform.authorization === null);
  const title = t(pasted ? "channels.credentials" : "channels.reconnectTitle", { name: account.name });
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <div className={classes.connect}>
        {!pasted && account.status_reason && <p className={classes.reason}>{account.status_reason}</p>}
        <p className={classes.intro}>{t(pasting ? "channels.credentialsText" : "channels.reconnectText")}</p>
        {pasting ? (
          <CredentialsForm
            platform={platform}
            known={account.fields}
            action={t("common:action.save")}
            onCancel={onClose}
            onSubmit={async (values) => {
              await api.change(account.id, { values });
              await onDone();
              onClose();
              say(t("saved"));
            }}
          />
        ) : (
          <Authorize platform={platform} account={account} onCancel={onClose} onPaste={() => setPasting(true)} />
        )}
      </div>
    </Modal>
  );
}
