import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { workspace as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Session, Workspace } from "@/api/types";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useSession, useWorkspace } from "@/live/queries";
import { Failed, SkeletonRows } from "@/ui/states";
import { say } from "@/ui/toasts";

export function WorkspaceSection() {
  const { t } = useTranslation(["settings", "common"]);
  const { role } = useSession();
  const { data, error, isPending, refetch } = useWorkspace();
  return (
    <Section title={t("common:section.workspace")}>
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className={classes.cards}>
          {role === "administrator" && <Form workspace={data} />}
          <Moderation workspace={data} />
        </div>
      )}
    </Section>
  );
}

/** What agents may do on the networks themselves. */
function Moderation({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const saving = useSaving();
  const change = (name: "agents_may_delete" | "agents_may_ban", allowed: boolean) =>
    void saving.run(async () => {
      client.setQueryData(keys.workspace, await api.moderate({ [name]: allowed }));
      say(t("saved"));
    });
  return (
    <section className={`${classes.card} ${classes.form}`} aria-labelledby="moderation">
      <h3 id="moderation">{t("workspace.moderation")}</h3>
      <p className={classes.dim}>{t("workspace.moderationHint")}</p>
      {(["agents_may_delete", "agents_may_ban"] as const).map((name) => (
        <Checkbox
          key={name}
          label={t(`workspace.${name}`)}
          checked={workspace.settings[name] ?? true}
          disabled={saving.busy}
          onChange={(event) => change(name, event.currentTarget.checked)}
        />
      ))}
      {saving.problem && <Failed error={saving.problem} compact />}
    </section>
  );
}

function Form({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const saving = useSaving();
  const { settings } = workspace;
  const [name, setName] = useState(workspace.name);
  const [afterResolve, setAfterResolve] = useState(settings.after_resolve ?? "reopen");
  const [routing, setRouting] = useState(settings.routing ?? "manual");
  const [undo, setUndo] = useState(String(settings.undo_seconds ?? 5));
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const changed = await api.change({
        name: name.trim(),
        settings: { after_resolve: afterResolve, routing, undo_seconds: Number(undo) },
      });
      client.setQueryData(keys.workspace, changed);
      client.setQueryData<Session>(keys.session, (before) => before && {
        ...before,
        workspaces: before.workspaces.map((each) => (each.id === changed.id ? { ...each, name: changed.name } : each)),
      });
      say(t("saved"));
    });
  };
  return (
    <form className={`${classes.card} ${classes.form}`} onSubmit={save}>
      <TextInput label={t("workspace.name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} />
      <label className={classes.label}>
        {t("workspace.afterResolve")}
        <select className={classes.select} value={afterResolve} onChange={(event) => setAfterResolve(event.currentTarget.value as "reopen")}>
          <option value="reopen">{t("workspace.reopen")}</option>
          <option value="new">{t("workspace.newCase")}</option>
        </select>
      </label>
      <label className={classes.label}>
        {t("workspace.routing")}
        <select className={classes.select} value={routing} onChange={(event) => setRouting(event.currentTarget.value as "manual")}>
          <option value="manual">{t("workspace.manual")}</option>
          <option value="previous_agent">{t("workspace.previousAgent")}</option>
        </select>
      </label>
      <TextInput
        label={t("workspace.undo")}
        description={t("workspace.undoHint")}
        type="number"
        min={0}
        max={30}
        required
        value={undo}
        onChange={(event) => setUndo(event.currentTarget.value)}
        error={saving.fields["settings.undo_seconds"] ?? saving.fields.undo_seconds}
      />
      {saving.problem && <Failed error={saving.problem} compact />}
      <div className={classes.formActions}>
        <Button type="submit" loading={saving.busy}>
          {t("common:action.save")}
        </Button>
      </div>
    </form>
  );
}
