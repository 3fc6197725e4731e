import { Menu, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agents as api } from "@/api/routing";
import type { AgentStatus } from "@/api/types";
import classes from "@/app/StatusMenu.module.css";
import { applyAgent, useAgents } from "@/live/routing";
import { Check } from "@/ui/icons";
import { StatusDot } from "@/ui/StatusDot";
import { sayProblem } from "@/ui/toasts";

const STATUSES: AgentStatus[] = ["online", "away", "offline"];

/** One's own status: chosen here, or what presence says. */
export function StatusMenu({ me }: { me: string }) {
  const { t } = useTranslation("routing");
  const client = useQueryClient();
  const { data } = useAgents();
  const agent = data?.items.find((each) => each.user_id === me);
  const status = agent?.status ?? "offline";
  const chosen = agent?.chosen ?? "online";
  const choose = async (next: AgentStatus) => {
    try {
      applyAgent(client, await api.setMine(next));
    } catch (error) {
      sayProblem(t("status.failed"), error);
    }
  };
  const why = agent?.automatic && chosen === "online" ? { away: t("status.idle"), offline: t("status.lost"), online: null }[status] : null;
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <UnstyledButton className={classes.button} aria-label={`${t("status.label")}: ${t(`status.${status}`)}`}>
          <StatusDot status={status} />
          <span className={classes.word}>{t(`status.${status}`)}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{why ?? t("status.label")}</Menu.Label>
        {STATUSES.map((each) => (
          <Menu.Item key={each} leftSection={<StatusDot status={each} />} rightSection={chosen === each && <Check size={14} />} onClick={() => void choose(each)}>
            {t(`status.${each}`)}
            <span className={classes.about}>{t(`status.${each}Text`)}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
