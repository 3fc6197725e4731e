import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem, type Problem } from "@/api/problem";
import type { ChannelAccount, Platform } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { theOnlyChoice } from "@/features/settings/channels/choices";
import { Verification } from "@/features/settings/channels/Verification";
import { Chip } from "@/features/settings/Section";
import { useAccounts } from "@/live/queries";
import { ChannelMark } from "@/ui/channels";
import { TriangleAlert } from "@/ui/icons";
import { Failed, SkeletonRows } from "@/ui/states";

const LOOK_EVERY = 1_000;

interface Props {
  id: string;
  platforms: Platform[];
  onClose: () => void;
}

/** Back from the network: what can be connected, or why nothing can. What there is no choice about is connected at once. */
export function Authorized({ id, platforms, onClose }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const [connected, setConnected] = useState<ChannelAccount | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: keys.authorization(id),
    queryFn: () => api.authorization(id),
    gcTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "waiting" ? LOOK_EVERY : false),
  });
  const { data: accounts } = useAccounts();
  const platform = platforms.find((each) => each.platform === data?.platform) ?? null;
  const live = accounts?.items.find((account) => account.id === connected?.id) ?? connected;

  const connect = async (choice: string) => {
    setBusy(choice);
    setProblem(null);
    try {
      setConnected(await api.connectAuthorized(id, choice));
      await Promise.all([client.invalidateQueries({ queryKey: keys.accounts }), refetch()]);
    } catch (failure) {
      setProblem(asProblem(failure));
    } finally {
      setBusy(null);
    }
  };
  const only = data && theOnlyChoice(data);
  const begun = useRef(false);
  useEffect(() => {
    if (!only || begun.current) return;
    begun.current = true;
    void connect(only);
  });
  const title = live ? t("channels.connectedTitle", { name: live.name }) : t("channels.connectTo", { name: platform?.name ?? t("channels.aChannel") });
  const left = data?.choices.some((choice) => !choice.connected) ?? false;
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {!data && !error && <SkeletonRows count={2} height={56} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.state === "waiting" && <p role="status">{t("channels.waiting", { name: platform?.name })}</p>}
      {data?.state === "failed" && <Refused code={data.code} sentence={data.error} name={platform?.name ?? ""} />}
      {data?.state === "ready" && (left || !live) && (
        <>
          <p className={classes.intro}>{t("channels.choose")}</p>
          <ul className={classes.choices}>
            {data.choices.map((choice) => (
              <li key={choice.id}>
                <ChannelMark platform={data.platform} size={24} />
                <span>
                  <b>{choice.name}</b>
                  <small>{choice.id}</small>
                </span>
                {choice.connected && <Chip tone="ok">{t("channels.status.connected")}</Chip>}
                <Button variant={choice.connected ? "default" : "filled"} size="xs" loading={busy === choice.id} disabled={busy !== null && busy !== choice.id} onClick={() => void connect(choice.id)}>
                  {t(choice.account_id ? "channels.renew" : "channels.connectAction")}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      {problem && <Failed error={problem} compact />}
      {live && <Verification account={live} platform={platform} />}
      <div className={classes.dialogActions}>
        <Button variant={live ? "filled" : "default"} onClick={onClose}>
          {live ? t("done") : t("common:action.close")}
        </Button>
      </div>
    </Modal>
  );
}

interface RefusedProps {
  code: string | null;
  sentence: string | null;
  name: string;
}

/** Why it came to nothing: in the user's language where the reason is ours, in the network's words otherwise. */
export function Refused({ code, sentence, name }: RefusedProps) {
  const { t, i18n } = useTranslation("settings");
  const key = `channels.refused.${code}`;
  const known = code !== null && i18n.exists(key, { ns: "settings" });
  return (
    <p className={classes.warning} role="alert">
      <TriangleAlert size={16} aria-hidden />
      <span>{known ? String(t(key as never, { name } as never)) : (sentence ?? t("channels.failed"))}</span>
    </p>
  );
}
