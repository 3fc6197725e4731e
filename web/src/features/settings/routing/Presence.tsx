import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { workspace as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Workspace } from "@/api/types";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useWorkspace } from "@/live/queries";
import { Failed } from "@/ui/states";
import { say } from "@/ui/toasts";

export function Presence() {
  const { data } = useWorkspace();
  return data ? <Form workspace={data} /> : null;
}

/** When somebody counts as away or offline, and whether handing over needs a word. */
function Form({ workspace: { settings } }: { workspace: Workspace }) {
  const { t } = useTranslation(["routing", "common"]);
  const client = useQueryClient();
  const saving = useSaving();
  const [away, setAway] = useState(String((settings.away_after_s ?? 600) / 60));
  const [grace, setGrace] = useState(String(settings.offline_grace_s ?? 60));
  const [note, setNote] = useState(settings.transfer_note === "required");
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const changed = { away_after_s: Math.round(Number(away) * 60), offline_grace_s: Number(grace), transfer_note: note ? "required" : "optional" };
      client.setQueryData(keys.workspace, await api.change({ settings: changed as never }));
      say(t("team.saved"));
    });
  };
  return (
    <form className={`${classes.card} ${classes.form}`} onSubmit={save}>
      <h3 className={own.title}>{t("team.presence")}</h3>
      <TextInput type="number" min={0} max={1440} label={t("team.awayAfter")} description={t("team.awayAfterHint")} required value={away} onChange={(event) => setAway(event.currentTarget.value)} error={saving.fields["settings.away_after_s"]} />
      <TextInput type="number" min={15} max={3600} label={t("team.grace")} required value={grace} onChange={(event) => setGrace(event.currentTarget.value)} error={saving.fields["settings.offline_grace_s"]} />
      <Checkbox label={t("team.note")} checked={note} onChange={(event) => setNote(event.currentTarget.checked)} />
      {saving.problem && <Failed error={saving.problem} compact />}
      <div className={classes.formActions}>
        <Button type="submit" loading={saving.busy}>
          {t("common:action.save")}
        </Button>
      </div>
    </form>
  );
}
