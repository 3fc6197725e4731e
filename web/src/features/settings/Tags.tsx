import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { tags as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Tag } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useTags } from "@/live/queries";
import { TagIcon, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { sayProblem } from "@/ui/toasts";

const COLORS = ["gray", "red", "orange", "green", "blue", "violet"] as const;

export function TagsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useTags();
  const [removing, setRemoving] = useState<Tag | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: keys.tags });
  const change = async (tag: Tag, patch: Partial<Tag>) => {
    try {
      await api.change(tag.id, patch);
      await refresh();
    } catch (problem) {
      sayProblem(t("tags.changeFailed"), problem);
    }
  };
  return (
    <Section title={t("common:section.tags")} intro={t("tags.intro")}>
      <NewTag onDone={() => void refresh()} />
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty icon={TagIcon} title={t("tags.none")} />}
      {data && data.items.length > 0 && (
        <table className={classes.table}>
          <tbody>
            {data.items.map((tag) => (
              <tr key={tag.id}>
                <td>
                  <input
                    className={classes.select}
                    defaultValue={tag.name}
                    aria-label={t("tags.name")}
                    onBlur={(event) => {
                      const name = event.currentTarget.value.trim();
                      if (name && name !== tag.name) void change(tag, { name });
                    }}
                  />
                </td>
                <td>
                  <select className={classes.select} value={tag.color} aria-label={t("tags.color")} onChange={(event) => void change(tag, { color: event.currentTarget.value })}>
                    {COLORS.map((color) => (
                      <option key={color} value={color}>
                        {t(`tags.colors.${color}`)}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <IconButton icon={Trash2} label={t("tags.remove", { name: tag.name })} onClick={() => setRemoving(tag)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {removing && (
        <Confirm
          title={t("tags.remove", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
          }}
        >
          <p>{t("tags.removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function NewTag({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("settings");
  const saving = useSaving();
  const [name, setName] = useState("");
  const create = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      await api.create(name.trim(), "gray");
      setName("");
      onDone();
    });
  };
  return (
    <form onSubmit={create} style={{ display: "flex", gap: 8, maxWidth: 420, marginBottom: 12 }}>
      <TextInput value={name} onChange={(event) => setName(event.currentTarget.value)} placeholder={t("tags.name")} aria-label={t("tags.name")} style={{ flex: 1 }} error={saving.fields.name ?? saving.problem?.message} />
      <Button type="submit" disabled={!name.trim()} loading={saving.busy}>
        {t("tags.create")}
      </Button>
    </form>
  );
}
