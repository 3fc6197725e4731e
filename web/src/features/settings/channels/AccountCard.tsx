import { Button, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { AccountCheck, ChannelAccount, Platform } from "@/api/types";
import { AccountHealth } from "@/features/settings/channels/AccountHealth";
import { AccountUsage } from "@/features/settings/channels/AccountUsage";
import classes from "@/features/settings/channels/Channels.module.css";
import { ImportProgress } from "@/features/settings/channels/ImportProgress";
import { Reconnect } from "@/features/settings/channels/Reconnect";
import { EndsSoon, TokenEnd } from "@/features/settings/channels/TokenEnd";
import { Verification } from "@/features/settings/channels/Verification";
import { Confirm } from "@/features/settings/Confirm";
import { Chip, type Tone } from "@/features/settings/Section";
import { ChannelMark } from "@/ui/channels";
import { ChevronDown, CircleCheck, CircleX, Download, Ellipsis, Key, Pause, Play, Plug, RefreshCw, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Age } from "@/ui/Time";
import { say, sayProblem } from "@/ui/toasts";

const TONES: Record<ChannelAccount["status"], Tone> = { connected: "ok", reconnect: "bad", paused: "soon", disconnected: "calm" };

interface Props {
  account: ChannelAccount;
  platform: Platform | null;
  admin: boolean;
}

/** A connected account: is it well, what has come, what is left to do. */
export function AccountCard({ account, platform, admin }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const [open, setOpen] = useState(account.webhook_verified_at === null);
  const [usage, setUsage] = useState(false);
  const [check, setCheck] = useState<AccountCheck | null>(null);
  const [dialog, setDialog] = useState<"credentials" | "reconnect" | "disconnect" | null>(null);
  const [checking, setChecking] = useState(false);
  const refresh = () =>
    Promise.all([keys.accounts, keys.webhook(account.id)].map((queryKey) => client.invalidateQueries({ queryKey })));

  const run = async (work: () => Promise<unknown>, done?: string) => {
    try {
      await work();
      await refresh();
      if (done) say(done);
    } catch (error) {
      sayProblem(t("channels.failed"), error);
    }
  };
  const runCheck = async () => {
    setChecking(true);
    await run(async () => setCheck(await api.check(account.id)));
    setChecking(false);
  };
  const paused = account.status === "paused";
  return (
    <article className={classes.card}>
      <header className={classes.cardHead}>
        <ChannelMark platform={account.platform} size={24} />
        <div className={classes.cardName}>
          <h3>{account.name}</h3>
          <p>
            {platform?.name ?? account.platform} · <code>{account.platform_account_id}</code>
          </p>
        </div>
        <Chip tone={TONES[account.status]}>{t(`channels.status.${account.status}`)}</Chip>
        {admin && (
          <Menu position="bottom-end" width={230}>
            <Menu.Target>
              <IconButton icon={Ellipsis} label={t("channels.more", { name: account.name })} />
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={paused ? <Play size={16} /> : <Pause size={16} />} onClick={() => void run(() => api.change(account.id, { status: paused ? "connected" : "paused" }))}>
                {t(paused ? "channels.resume" : "channels.pause")}
              </Menu.Item>
              {platform && (
                <Menu.Item leftSection={<Key size={16} />} onClick={() => setDialog("credentials")}>
                  {t("channels.credentials")}
                </Menu.Item>
              )}
              {platform?.imports_history && (
                <Menu.Item leftSection={<Download size={16} />} onClick={() => void run(() => api.importHistory(account.id), t("channels.importStarted"))}>
                  {t("channels.import")}
                </Menu.Item>
              )}
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<Trash2 size={16} />} onClick={() => setDialog("disconnect")}>
                {t("channels.disconnect")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </header>
      {account.status_reason && <p className={classes.reason}>{account.status_reason}</p>}
      <dl className={classes.facts}>
        <div>
          <dt>{t("channels.lastEvent")}</dt>
          <dd>{account.last_event_at ? <Age at={account.last_event_at} /> : t("channels.nothingYet")}</dd>
        </div>
        <div>
          <dt>{t("channels.webhook")}</dt>
          <dd>{t(account.webhook_verified_at ? "channels.verified" : "channels.notVerified")}</dd>
        </div>
        <TokenEnd account={account} />
        {account.forged_count > 0 && (
          <div>
            <dt>{t("channels.forged")}</dt>
            <dd>{account.forged_count}</dd>
          </div>
        )}
        {account.history.state !== "none" && (
          <div>
            <dt>{t("channels.history")}</dt>
            <dd>
              <ImportProgress history={account.history} />
            </dd>
          </div>
        )}
      </dl>
      <EndsSoon account={account} />
      <AccountHealth account={account} />
      <div className={classes.cardActions}>
        {admin && platform && (account.status === "reconnect" || account.token_ends_soon) && (
          <Button leftSection={<Plug size={14} />} onClick={() => setDialog("reconnect")}>
            {t("channels.reconnect")}
          </Button>
        )}
        <Button variant="default" onClick={() => setOpen(!open)} rightSection={<ChevronDown size={14} className={classes.turn} data-open={open || undefined} />} aria-expanded={open}>
          {t("channels.setup")}
        </Button>
        <Button variant="default" onClick={() => setUsage(!usage)} aria-expanded={usage}>
          {t("usage.show")}
        </Button>
        {admin && (
          <Button variant="default" leftSection={<RefreshCw size={14} />} loading={checking} onClick={() => void runCheck()}>
            {t("channels.check")}
          </Button>
        )}
      </div>
      {check && (
        <ul className={classes.checks}>
          {check.checks.map((line) => (
            <li key={line.name} data-ok={line.ok}>
              {line.ok ? <CircleCheck size={16} aria-hidden /> : <CircleX size={16} aria-hidden />}
              <span>
                <b>{line.name}</b> {line.detail}
              </span>
            </li>
          ))}
        </ul>
      )}
      {usage && <AccountUsage account={account} />}
      {open && <Verification account={account} platform={platform} />}
      {(dialog === "credentials" || dialog === "reconnect") && platform && (
        <Reconnect account={account} platform={platform} pasted={dialog === "credentials"} onDone={refresh} onClose={() => setDialog(null)} />
      )}
      {dialog === "disconnect" && (
        <Confirm
          title={t("channels.disconnectTitle", { name: account.name })}
          action={t("channels.disconnect")}
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            await api.disconnect(account.id);
            await refresh();
          }}
        >
          <p>{t("channels.disconnectText")}</p>
        </Confirm>
      )}
    </article>
  );
}
