import { Button, Checkbox, Modal, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { teams as api } from "@/api/routing";
import type { Team } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import own from "@/features/settings/routing/Routing.module.css";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useMembers } from "@/live/queries";
import { useTeams } from "@/live/routing";
import { Avatar } from "@/ui/Avatar";
import { Pencil, Plus, Trash2, Users } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

/** Teams, each with a queue of its own. */
export function TeamsSection() {
  const { t } = useTranslation(["routing", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useTeams();
  const { data: members } = useMembers();
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  const [removing, setRemoving] = useState<Team | null>(null);
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: keys.teams });
    await client.invalidateQueries({ queryKey: keys.agents });
  };
  const nameOf = (id: string) => members?.items.find((member) => member.user_id === id)?.name ?? "?";
  return (
    <Section
      title={t("common:section.teams")}
      intro={t("teams.intro")}
      actions={
        <Button leftSection={<Plus size={16} />} onClick={() => setEditing("new")}>
          {t("teams.create")}
        </Button>
      }
    >
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty icon={Users} title={t("teams.none")} text={t("teams.noneText")} />}
      <div className={classes.cards}>
        {data?.items.map((team) => (
          <section key={team.id} className={`${classes.card} ${own.row}`} aria-label={team.name}>
            <div className={own.grow}>
              <h3 className={own.title}>{team.name}</h3>
              {team.description && <p className={classes.dim}>{team.description}</p>}
              <span className={own.chips}>
                {team.member_ids.map((id) => (
                  <span key={id} className={own.chip}>
                    <Avatar name={nameOf(id)} size={16} /> {nameOf(id)}
                  </span>
                ))}
                {team.member_ids.length === 0 && <span className={classes.dim}>{t("teams.count", { count: 0 })}</span>}
              </span>
            </div>
            <IconButton icon={Pencil} label={t("teams.edit", { name: team.name })} onClick={() => setEditing(team)} />
            <IconButton icon={Trash2} label={t("teams.remove", { name: team.name })} onClick={() => setRemoving(team)} />
          </section>
        ))}
      </div>
      {editing && (
        <TeamDialog
          team={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            void refresh();
          }}
        />
      )}
      {removing && (
        <Confirm
          title={t("teams.remove", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
          }}
        >
          <p>{t("teams.removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function TeamDialog({ team, onClose, onDone }: { team: Team | null; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation(["routing", "common"]);
  const saving = useSaving();
  const { data: members } = useMembers();
  const [name, setName] = useState(team?.name ?? "");
  const [description, setDescription] = useState(team?.description ?? "");
  const [people, setPeople] = useState(team?.member_ids ?? []);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const body = { name: name.trim(), description: description.trim(), member_ids: people };
    void saving.run(async () => {
      await (team ? api.change(team.id, body) : api.create(body));
      onDone();
    });
  };
  return (
    <Modal opened onClose={onClose} title={team ? t("teams.edit", { name: team.name }) : t("teams.create")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form className={classes.form} onSubmit={save}>
        <TextInput label={t("teams.name")} required maxLength={80} value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} data-autofocus />
        <Textarea label={t("teams.description")} maxLength={500} autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <fieldset className={own.group}>
          <legend>{t("teams.members")}</legend>
          <span className={own.choices}>
            {members?.items.map((member) => (
              <Checkbox
                key={member.user_id}
                label={member.name}
                checked={people.includes(member.user_id)}
                onChange={(event) => setPeople(event.currentTarget.checked ? [...people, member.user_id] : people.filter((each) => each !== member.user_id))}
              />
            ))}
          </span>
        </fieldset>
        {saving.problem && <Failed error={saving.problem} compact />}
        <div className={classes.formActions}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy} disabled={!name.trim()}>
            {t("common:action.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
