import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { ChannelAccount, Page, Platform, Source } from "@/api/types";
import { Arrival } from "@/features/settings/channels/Arrival";
import { Authorize } from "@/features/settings/channels/Authorize";
import classes from "@/features/settings/channels/Channels.module.css";
import { CredentialsForm } from "@/features/settings/channels/CredentialsForm";
import { Permissions } from "@/features/settings/channels/Permissions";
import { Verification } from "@/features/settings/channels/Verification";
import { upsert } from "@/live/reducer";
import { useAccounts } from "@/live/queries";
import { ChannelMark } from "@/ui/channels";
import { ChevronRight } from "@/ui/icons";

interface Props {
  platforms: Platform[];
  onClose: () => void;
}

/** Connects an account: choose the network, give its credentials, watch the webhook come alive. */
export function ConnectDialog({ platforms, onClose }: Props) {
  const { t } = useTranslation(["settings", "common", "inbox"]);
  const client = useQueryClient();
  const [platform, setPlatform] = useState<Platform | null>(null);
  const [connected, setConnected] = useState<ChannelAccount | null>(null);
  const [pasting, setPasting] = useState(false);
  const back = () => {
    setPlatform(null);
    setPasting(false);
  };
  const connect = async (values: Record<string, string>) => {
    if (!platform) return;
    const account = await api.connect(platform.platform, values);
    client.setQueryData<Page<ChannelAccount>>(keys.accounts, (page) => page && { ...page, items: upsert(page.items, account, (item) => item.id) });
    setConnected(account);
  };
  const { data } = useAccounts();
  const live = data?.items.find((account) => account.id === connected?.id) ?? connected;
  const title = live ? t("channels.connectedTitle", { name: live.name }) : platform ? t("channels.connectTo", { name: platform.name }) : t("channels.connect");
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {!platform && (
        <ul className={classes.platforms}>
          {platforms.map((each) => (
            <li key={each.platform}>
              <button type="button" onClick={() => setPlatform(each)}>
                <ChannelMark platform={each.platform} size={24} />
                <span>
                  <b>{each.name}</b>
                  <small>{(Object.keys(each.sources) as Source[]).map((source) => t(`inbox:source.${source}`)).join(" · ")}</small>
                </span>
                <ChevronRight size={16} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      {platform && !live && (
        <div className={classes.connect}>
          <Arrival platform={platform} />
          {platform.authorization && !pasting ? (
            <Authorize platform={platform} onCancel={back} onPaste={() => setPasting(true)} />
          ) : (
            <>
              <Permissions platform={platform} />
              <CredentialsForm platform={platform} action={t("channels.connectAction")} onCancel={back} onSubmit={connect} />
            </>
          )}
        </div>
      )}
      {platform && live && (
        <>
          <Verification account={live} platform={platform} />
          <div className={classes.dialogActions}>
            <Button onClick={onClose} data-autofocus>
              {t("done")}
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}
