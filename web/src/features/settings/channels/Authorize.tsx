import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts as api } from "@/api/endpoints";
import { asProblem } from "@/api/problem";
import type { ChannelAccount, Platform } from "@/api/types";
import classes from "@/features/settings/channels/Channels.module.css";
import { CredentialsForm } from "@/features/settings/channels/CredentialsForm";
import { Permissions } from "@/features/settings/channels/Permissions";
import { CopyField } from "@/features/settings/Section";
import { TriangleAlert } from "@/ui/icons";

interface Props {
  platform: Platform;
  /** The account that is authorized again; what it knows is not asked for. */
  account?: ChannelAccount;
  onCancel: () => void;
  onPaste: () => void;
}

/** The way to the network's own page: what it needs before, what will be asked for there, and the button. */
export function Authorize({ platform, account, onCancel, onPaste }: Props) {
  const { t } = useTranslation("settings");
  const [asking, setAsking] = useState(account === undefined);
  const oauth = platform.authorization;
  if (!oauth) return null;
  const elsewhere = new URL(oauth.redirect_uri).origin;
  const wanted = [...oauth.needs, ...oauth.optional];
  const fields = asking ? wanted.flatMap((key) => platform.fields.filter((field) => field.key === key)) : [];
  const begin = async (values: Record<string, string>) => {
    try {
      const begun = await api.authorize(platform.platform, values, account?.id ?? null);
      window.location.assign(begun.url);
    } catch (error) {
      if (Object.keys(asProblem(error).fields).length > 0) setAsking(true);
      throw error;
    }
  };
  return (
    <div className={classes.authorize}>
      {elsewhere !== window.location.origin && (
        <p className={classes.warning}>
          <TriangleAlert size={16} aria-hidden />
          <span>{t("channels.elsewhere", { address: elsewhere })}</span>
        </p>
      )}
      <Permissions platform={platform} />
      {asking && (
        <section>
          <h4>{t("channels.redirect", { name: platform.name })}</h4>
          <CopyField value={oauth.redirect_uri} />
        </section>
      )}
      <CredentialsForm
        key={String(asking)}
        platform={platform}
        fields={fields}
        needed={oauth.needs}
        known={account?.fields}
        action={t("channels.authorize", { name: platform.name })}
        onSubmit={begin}
        onCancel={onCancel}
      >
        <Button variant="subtle" className={classes.paste} onClick={onPaste}>
          {t("channels.paste")}
        </Button>
      </CredentialsForm>
    </div>
  );
}
