import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { agents as api } from "@/api/routing";
import type { Agent, AgentStatus } from "@/api/types";
import classes from "@/features/queue/Queue.module.css";
import { useNow } from "@/lib/clock";
import { languageName, span } from "@/lib/time";
import { useSession } from "@/live/queries";
import { applyAgent, useSkills, useTeams } from "@/live/routing";
import { Avatar } from "@/ui/Avatar";
import { useLocale } from "@/ui/i18n";
import { LoadBar } from "@/ui/LoadBar";
import { StatusDot } from "@/ui/StatusDot";
import { sayProblem } from "@/ui/toasts";

const STATUSES: AgentStatus[] = ["online", "away", "offline"];

/** Somebody who can be given work: status and since when, load, what they can. */
export function AgentRow({ agent }: { agent: Agent }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const now = useNow();
  const since = agent.since ? t("status.since", { time: span(now - Date.parse(agent.since), locale) }) : "";
  const status = t(`status.${agent.status}`);
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <Avatar name={agent.name} size={24} />
        <span className={`${classes.name} truncate`}>{agent.name}</span>
        <span className={classes.time} aria-label={t("status.of", { name: agent.name, status })}>
          <StatusDot status={agent.status} /> {status}
        </span>
      </div>
      <LoadBar load={agent.load} capacity={agent.capacity} />
      <div className={classes.line}>
        <p className={classes.why}>{[since, useAbilities(agent)].filter(Boolean).join(" · ")}</p>
        <StatusChoice agent={agent} />
      </div>
    </li>
  );
}

function useAbilities(agent: Agent): string {
  const locale = useLocale();
  const { data: skills } = useSkills();
  const { data: teams } = useTeams();
  const names = [
    ...agent.team_ids.map((id) => teams?.items.find((team) => team.id === id)?.name),
    ...agent.languages.map(({ language, level }) => `${languageName(language, locale)} ${level}`),
    ...agent.skills.map(({ skill_id, level }) => `${skills?.items.find((skill) => skill.id === skill_id)?.name ?? ""} ${level}`),
  ];
  return names.filter(Boolean).join(", ");
}

function StatusChoice({ agent }: { agent: Agent }) {
  const { t } = useTranslation("routing");
  const client = useQueryClient();
  const { role } = useSession();
  if (role === "agent") return null;
  const choose = async (status: AgentStatus) => {
    try {
      applyAgent(client, await api.setStatus(agent.user_id, status));
    } catch (error) {
      sayProblem(t("status.failed"), error);
    }
  };
  return (
    <select
      className={classes.select}
      value=""
      aria-label={t("queue.setStatus", { name: agent.name })}
      onChange={(event) => void choose(event.currentTarget.value as AgentStatus)}
    >
      <option value="" disabled>
        {t("queue.changeStatus")}
      </option>
      {STATUSES.map((status) => (
        <option key={status} value={status}>
          {t(`status.${status}`)}
        </option>
      ))}
    </select>
  );
}
