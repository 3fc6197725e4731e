import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { policies as api } from "@/api/routing";
import type { Json, RoutingPolicy } from "@/api/types";
import { Confirm } from "@/features/settings/Confirm";
import { PolicyDialog } from "@/features/settings/routing/PolicyDialog";
import own from "@/features/settings/routing/Routing.module.css";
import { Chip, Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { span } from "@/lib/time";
import { useAccounts } from "@/live/queries";
import { usePolicies, useSkills, useTeams } from "@/live/routing";
import { useLocale } from "@/ui/i18n";
import { Pencil, Plus, Trash2, TriangleAlert, Users } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

interface Warned {
  policy: string;
  warnings: Json[];
}

/** Who gets what, said in sentences. */
export function RoutingSection() {
  const { t } = useTranslation(["routing", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = usePolicies();
  const [editing, setEditing] = useState<RoutingPolicy | "new" | null>(null);
  const [removing, setRemoving] = useState<RoutingPolicy | null>(null);
  const [warned, setWarned] = useState<Warned | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: keys.policies });
  return (
    <Section
      title={t("common:section.routing")}
      intro={t("policy.intro")}
      actions={
        <Button leftSection={<Plus size={16} />} onClick={() => setEditing("new")}>
          {t("policy.create")}
        </Button>
      }
    >
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty icon={Users} title={t("policy.none")} text={t("policy.noneText")} />}
      <div className={classes.cards}>
        {data?.items.map((policy) => (
          <section key={policy.id} className={`${classes.card} ${own.row}`} aria-label={policy.name}>
            <Said policy={policy} warnings={warned?.policy === policy.id ? warned.warnings : []} />
            <IconButton icon={Pencil} label={t("policy.edit", { name: policy.name })} onClick={() => setEditing(policy)} />
            <IconButton icon={Trash2} label={t("policy.remove", { name: policy.name })} onClick={() => setRemoving(policy)} />
          </section>
        ))}
      </div>
      {editing && (
        <PolicyDialog
          policy={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={(saved) => {
            setEditing(null);
            setWarned({ policy: saved.policy.id, warnings: saved.warnings });
            void refresh();
          }}
        />
      )}
      {removing && (
        <Confirm
          title={t("policy.remove", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
          }}
        >
          <p>{t("policy.removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

/** A policy as a supervisor would say it. */
function Said({ policy, warnings }: { policy: RoutingPolicy; warnings: Json[] }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const { data: skills } = useSkills();
  const where = usePlaceName(policy);
  const automatic = policy.strategy !== "manual" && policy.strategy !== "previous_agent";
  const sentences = [
    t(`policy.said.${policy.strategy}`),
    ...(automatic && policy.sticky ? [t("policy.saidSticky")] : []),
    ...(policy.fair_limit ? [t("policy.saidFair", { count: policy.fair_limit, time: span(policy.fair_window_s * 1000, locale) })] : []),
    ...(policy.on_offline === "reassign" ? [t("policy.saidReassign")] : []),
    ...(policy.routing_steps.length > 0 ? [t("policy.saidStep", { count: policy.routing_steps.length })] : []),
  ];
  return (
    <div className={own.grow}>
      <h3 className={own.title}>
        {policy.name} {!policy.enabled && <Chip tone="calm">{t("policy.off")}</Chip>}
      </h3>
      <p className={classes.dim}>{where}</p>
      <p>{sentences.join(" ")}</p>
      {warnings.map((warning) => (
        <p key={String(warning.code)} className={own.warning} role="status">
          <TriangleAlert size={16} aria-hidden />
          {t(`policy.warning.${warning.code as "nobody_in_team"}`, {
            level: Number(warning.level),
            skill: skills?.items.find((each) => each.id === warning.skill)?.name ?? "",
          })}
        </p>
      ))}
    </div>
  );
}

function usePlaceName(policy: RoutingPolicy): string {
  const { t } = useTranslation("routing");
  const { data: teams } = useTeams();
  const { data: accounts } = useAccounts();
  if (policy.team_id) return t("policy.aTeam", { name: teams?.items.find((each) => each.id === policy.team_id)?.name ?? "…" });
  if (policy.account_id) return t("policy.aChannel", { name: accounts?.items.find((each) => each.id === policy.account_id)?.name ?? "…" });
  return t("policy.everything");
}
