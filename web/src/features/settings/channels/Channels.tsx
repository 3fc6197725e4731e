import { Button, Modal } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AccountCard } from "@/features/settings/channels/AccountCard";
import { Authorized, Refused } from "@/features/settings/channels/Authorized";
import { ConnectDialog } from "@/features/settings/channels/ConnectDialog";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useAccounts, usePlatforms, useSession } from "@/live/queries";
import { Plug, Plus } from "@/ui/icons";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

export function ChannelsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const admin = useSession().role === "administrator";
  const { data, error, isPending, refetch } = useAccounts();
  const { data: platforms } = usePlatforms();
  const [connecting, setConnecting] = useState(false);
  const { authorization, authorization_refused: refused } = useSearch({ from: "/shell/settings/$section" });
  const navigate = useNavigate();
  const leave = () => void navigate({ to: "/settings/$section", params: { section: "channels" }, search: {}, replace: true });
  const accounts = data?.items.filter((account) => account.status !== "disconnected") ?? [];
  const connect = admin && (
    <Button leftSection={<Plus size={16} />} onClick={() => setConnecting(true)}>
      {t("channels.connect")}
    </Button>
  );
  return (
    <Section title={t("common:section.channels")} intro={t("channels.intro")} actions={connect}>
      {isPending && <SkeletonRows count={3} height={96} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && accounts.length === 0 && (
        <Empty icon={Plug} title={t("channels.none")} text={t(admin ? "channels.noneText" : "channels.askAdmin")}>
          {connect}
        </Empty>
      )}
      <div className={classes.cards}>
        {accounts.map((account) => (
          <AccountCard
            key={account.id}
            account={account}
            platform={platforms?.find((each) => each.platform === account.platform) ?? null}
            admin={admin}
          />
        ))}
      </div>
      {connecting && platforms && <ConnectDialog platforms={platforms} onClose={() => setConnecting(false)} />}
      {admin && authorization && platforms && <Authorized key={authorization} id={authorization} platforms={platforms} onClose={leave} />}
      {refused && (
        <Modal opened onClose={leave} title={t("channels.notConnected")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
          <Refused code={refused} sentence={null} name="" />
        </Modal>
      )}
    </Section>
  );
}
