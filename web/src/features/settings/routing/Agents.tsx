import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import type { Agent } from "@/api/types";
import { AgentDialog } from "@/features/settings/routing/AgentDialog";
import { Presence } from "@/features/settings/routing/Presence";
import { SkillList } from "@/features/settings/routing/SkillList";
import own from "@/features/settings/routing/Routing.module.css";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { languageName } from "@/lib/time";
import { useSession } from "@/live/queries";
import { useAgents, useSkills, useTeams } from "@/live/routing";
import { Avatar } from "@/ui/Avatar";
import { useLocale } from "@/ui/i18n";
import { LoadBar } from "@/ui/LoadBar";
import { StatusDot } from "@/ui/StatusDot";
import { Failed, SkeletonRows } from "@/ui/states";

/** What each person can take. */
export function AgentsSection() {
  const { t } = useTranslation(["routing", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useAgents();
  const { role } = useSession();
  const [editing, setEditing] = useState<Agent | null>(null);
  return (
    <Section title={t("common:section.agents")} intro={t("team.intro")}>
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      <ul className={own.people}>
        {data?.items.map((agent) => (
          <AgentCard key={agent.user_id} agent={agent} onEdit={() => setEditing(agent)} />
        ))}
      </ul>
      <div className={`${classes.cards} ${own.below}`}>
        <SkillList />
        {role === "administrator" && <Presence />}
      </div>
      {editing && (
        <AgentDialog
          agent={editing}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            void client.invalidateQueries({ queryKey: keys.agents });
            void client.invalidateQueries({ queryKey: keys.teams });
          }}
        />
      )}
    </Section>
  );
}

function AgentCard({ agent, onEdit }: { agent: Agent; onEdit: () => void }) {
  const { t } = useTranslation(["routing", "common"]);
  const locale = useLocale();
  const { data: skills } = useSkills();
  const { data: teams } = useTeams();
  const can = [
    ...agent.languages.map(({ language, level }) => `${languageName(language, locale)} ${level}`),
    ...agent.skills.map(({ skill_id, level }) => `${skills?.items.find((skill) => skill.id === skill_id)?.name ?? "…"} ${level}`),
  ];
  const inTeams = agent.team_ids.map((id) => teams?.items.find((team) => team.id === id)?.name ?? "…");
  return (
    <li className={own.person}>
      <span className={classes.person}>
        <Avatar name={agent.name} size={28} />
        <span>
          {agent.name}
          <small className={own.status}>
            <StatusDot status={agent.status} /> {t(`status.${agent.status}`)}
          </small>
        </span>
      </span>
      <LoadBar load={agent.load} capacity={agent.capacity} />
      <span className={own.chips}>
        {[...inTeams, ...can].map((text, at) => (
          <span key={`${at}${text}`} className={own.chip} data-team={at < inTeams.length || undefined}>
            {text}
          </span>
        ))}
        {agent.hours && <span className={own.chip}>{t("team.byHours")}</span>}
      </span>
      <Button variant="default" size="compact-sm" onClick={onEdit} aria-label={t("team.edit", { name: agent.name })}>
        {t("common:action.edit")}
      </Button>
    </li>
  );
}
