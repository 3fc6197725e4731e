import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { apiKeys as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { ApiKey } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import { CopyField, Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { Key, Plus, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";

const SCOPES = [
  "conversations:read",
  "conversations:write",
  "moderation:write",
  "customers:read",
  "customers:write",
  "accounts:read",
  "accounts:write",
  "members:read",
  "members:write",
  "quarantine:read",
  "quarantine:write",
  "live",
];

export function ApiKeysSection() {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: keys.apiKeys, queryFn: api.list });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: keys.apiKeys });
  return (
    <Section
      title={t("common:section.keys")}
      intro={t("keys.intro")}
      actions={<Button leftSection={<Plus size={16} />} onClick={() => setMaking(true)}>{t("keys.create")}</Button>}
    >
      {isPending && <SkeletonRows count={2} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty icon={Key} title={t("keys.none")} />}
      {data && data.items.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th>{t("keys.name")}</th>
                <th>{t("keys.scopes")}</th>
                <th>{t("keys.used")}</th>
                <th>
                  <span className="sr-only">{t("actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((key) => (
                <tr key={key.id}>
                  <td>
                    {key.name}
                    <div className={classes.dim}>
                      <code>{key.prefix}…</code>
                    </div>
                  </td>
                  <td className={classes.dim}>{key.scopes.join(", ")}</td>
                  <td className={classes.dim}>{key.last_used_at ? <When at={key.last_used_at} /> : t("keys.never")}</td>
                  <td>
                    <IconButton icon={Trash2} label={t("keys.revoke", { name: key.name })} onClick={() => setRevoking(key)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <NewKey onClose={() => setMaking(false)} onDone={() => void refresh()} />}
      {revoking && (
        <Confirm
          title={t("keys.revoke", { name: revoking.name })}
          action={t("keys.revokeAction")}
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await api.revoke(revoking.id);
            await refresh();
          }}
        >
          <p>{t("keys.revokeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function NewKey({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const saving = useSaving();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["conversations:read"]);
  const [token, setToken] = useState<string | null>(null);
  const create = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      setToken((await api.create(name.trim(), scopes)).token);
      onDone();
    });
  };
  return (
    <Modal opened onClose={onClose} title={t("keys.create")} size="lg" closeOnClickOutside={token === null} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {token ? (
        <div className={classes.form} style={{ maxWidth: "none" }}>
          <p>{t("keys.once")}</p>
          <CopyField value={token} />
          <div className={classes.formActions}>
            <Button onClick={onClose}>{t("done")}</Button>
          </div>
        </div>
      ) : (
        <form className={classes.form} style={{ maxWidth: "none" }} onSubmit={create}>
          <TextInput label={t("keys.name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} data-autofocus />
          <Checkbox.Group label={t("keys.scopes")} value={scopes} onChange={setScopes} error={saving.fields.scopes}>
            <div className={classes.scopes}>
              {SCOPES.map((scope) => (
                <Checkbox key={scope} value={scope} label={scope} size="xs" />
              ))}
            </div>
          </Checkbox.Group>
          {saving.problem && <Failed error={saving.problem} compact />}
          <div className={classes.formActions}>
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" loading={saving.busy} disabled={!name.trim() || scopes.length === 0}>
              {t("keys.create")}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
