import { Button, Modal, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { members as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Member, Role } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import { Chip, CopyField, Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useMembers, useSession } from "@/live/queries";
import { Avatar } from "@/ui/Avatar";
import { Plus, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Failed, SkeletonRows } from "@/ui/states";
import { sayProblem } from "@/ui/toasts";

const ROLES: Role[] = ["agent", "supervisor", "administrator"];

export function MembersSection() {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const { role, user } = useSession();
  const { data, error, isPending, refetch } = useMembers();
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const admin = role === "administrator";
  const refresh = () => client.invalidateQueries({ queryKey: keys.members });
  const change = async (member: Member, next: Role) => {
    try {
      await api.change(member.user_id, next);
      await refresh();
    } catch (problem) {
      sayProblem(t("members.changeFailed"), problem);
    }
  };
  return (
    <Section
      title={t("common:section.members")}
      actions={admin && <Button leftSection={<Plus size={16} />} onClick={() => setInviting(true)}>{t("members.invite")}</Button>}
    >
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th>{t("members.name")}</th>
                <th>{t("members.email")}</th>
                <th>{t("members.role")}</th>
                <th>
                  <span className="sr-only">{t("actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((member) => (
                <tr key={member.user_id}>
                  <td>
                    <span className={classes.person}>
                      <Avatar name={member.name} size={28} />
                      {member.name}
                      {member.online && <Chip tone="ok">{t("members.online")}</Chip>}
                    </span>
                  </td>
                  <td>{member.email}</td>
                  <td>
                    {admin && member.user_id !== user.id ? (
                      <select className={classes.select} value={member.role} aria-label={t("members.roleOf", { name: member.name })} onChange={(event) => void change(member, event.currentTarget.value as Role)}>
                        {ROLES.map((each) => (
                          <option key={each} value={each}>
                            {t(`common:role.${each}`)}
                          </option>
                        ))}
                      </select>
                    ) : (
                      t(`common:role.${member.role}`)
                    )}
                  </td>
                  <td>{admin && member.user_id !== user.id && <IconButton icon={Trash2} label={t("members.remove", { name: member.name })} onClick={() => setRemoving(member)} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {inviting && <Invite onClose={() => setInviting(false)} onDone={() => void refresh()} />}
      {removing && (
        <Confirm
          title={t("members.removeTitle", { name: removing.name })}
          action={t("members.removeAction")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.user_id);
            await refresh();
          }}
        >
          <p>{t("members.removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function Invite({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const saving = useSaving();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [link, setLink] = useState<string | null | undefined>(undefined);
  const invite = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      setLink((await api.invite(email.trim(), name.trim(), role)).invite_url);
      onDone();
    });
  };
  return (
    <Modal opened onClose={onClose} title={t("members.invite")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {link !== undefined ? (
        <div className={classes.form}>
          <p>{t(link ? "members.linkText" : "members.hasPassword", { name })}</p>
          {link && <CopyField value={link} />}
          <div className={classes.formActions}>
            <Button onClick={onClose}>{t("done")}</Button>
          </div>
        </div>
      ) : (
        <form className={classes.form} onSubmit={invite}>
          <TextInput label={t("members.name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} data-autofocus />
          <TextInput label={t("members.email")} type="email" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={saving.fields.email} />
          <label className={classes.label}>
            {t("members.role")}
            <select className={classes.select} value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
              {ROLES.map((each) => (
                <option key={each} value={each}>
                  {t(`common:role.${each}`)}
                </option>
              ))}
            </select>
            <small>{t(`members.about.${role}`)}</small>
          </label>
          {saving.problem && <Failed error={saving.problem} compact />}
          <div className={classes.formActions}>
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" loading={saving.busy}>
              {t("members.makeLink")}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
