import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { skills as api } from "@/api/routing";
import type { Skill } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useSkills } from "@/live/routing";
import { X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

/** The skills that there are; levels are set with each person. */
export function SkillList() {
  const { t } = useTranslation(["routing", "common"]);
  const client = useQueryClient();
  const { data } = useSkills();
  const saving = useSaving();
  const [name, setName] = useState("");
  const [removing, setRemoving] = useState<Skill | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: keys.skills });
  const create = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      await api.create(name.trim());
      setName("");
      await refresh();
    });
  };
  return (
    <section className={classes.card} aria-labelledby="skills">
      <h3 id="skills" className={own.title}>
        {t("team.skillsTitle")}
      </h3>
      <span className={own.chips}>
        {data?.items.length === 0 && <span className={classes.dim}>{t("team.skillsNone")}</span>}
        {data?.items.map((skill) => (
          <span key={skill.id} className={own.chip}>
            {skill.name}
            <IconButton icon={X} size={12} label={t("team.remove", { name: skill.name })} onClick={() => setRemoving(skill)} />
          </span>
        ))}
      </span>
      <form onSubmit={create} className={own.adding}>
        <TextInput value={name} onChange={(event) => setName(event.currentTarget.value)} placeholder={t("team.newSkill")} aria-label={t("team.newSkill")} error={saving.fields.name ?? saving.problem?.message} />
        <Button type="submit" variant="default" disabled={!name.trim()} loading={saving.busy}>
          {t("team.createSkill")}
        </Button>
      </form>
      {removing && (
        <Confirm
          title={t("team.remove", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
            await client.invalidateQueries({ queryKey: keys.agents });
          }}
        >
          <p>{t("team.removeSkillText")}</p>
        </Confirm>
      )}
    </section>
  );
}
