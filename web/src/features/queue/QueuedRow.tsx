import { Link } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { conversations } from "@/api/endpoints";
import type { Agent, Json, QueuedConversation } from "@/api/types";
import classes from "@/features/queue/Queue.module.css";
import { useNow } from "@/lib/clock";
import { languageName, span } from "@/lib/time";
import { lookAgain } from "@/live/routing";
import { ChannelMark, SourceIcon } from "@/ui/channels";
import { useLocale } from "@/ui/i18n";
import { Flag } from "@/ui/icons";
import { useReasons } from "@/ui/reasons";
import { sayProblem } from "@/ui/toasts";

const SHOWN = 4;

interface Props {
  queued: QueuedConversation;
  names: Map<string, string>;
  agents: Agent[];
}

/** One that waits: where it stands, how long, who could have it, and why nobody has it. */
export function QueuedRow({ queued, names, agents }: Props) {
  const { t } = useTranslation(["routing", "inbox"]);
  const locale = useLocale();
  const now = useNow();
  const { conversation } = queued;
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <span className={classes.position}>{t("queue.position", { position: queued.position })}</span>
        <ChannelMark platform={conversation.platform} size={14} />
        <SourceIcon source={conversation.source} size={13} />
        <Link to="/inbox/$view/$conversation" params={{ view: "all", conversation: conversation.id }} className={`${classes.name} truncate`}>
          {conversation.customer_name || `#${conversation.number}`}
        </Link>
        {conversation.priority !== "medium" && (
          <span className={classes.priority} data-priority={conversation.priority}>
            <Flag size={12} aria-hidden /> {t(`inbox:priority.${conversation.priority}`)}
          </span>
        )}
        {conversation.language && <span className={classes.chip}>{languageName(conversation.language, locale)}</span>}
        <span className={classes.time}>{t("queue.waits", { time: span(now - Date.parse(queued.queued_at), locale) })}</span>
      </div>
      <p className={`${classes.preview} truncate`} dir="auto">
        {conversation.preview || "…"}
      </p>
      <div className={classes.line}>
        <p className={classes.why} data-stuck={queued.because.code === "nobody" || undefined}>
          <Because queued={queued} names={names} />
          {queued.step > 0 && ` · ${t("queue.step", { count: queued.step })}`}
        </p>
        <Give conversation={conversation.id} agents={agents} able={queued.can_take} />
      </div>
    </li>
  );
}

function Because({ queued, names }: Pick<Props, "queued" | "names">) {
  const { t, i18n } = useTranslation("routing");
  const locale = useLocale();
  const reasons = useReasons();
  const { code, values } = queued.because as { code: string; values: Json };
  if (code === "nobody") return <>{t("queue.nobody", { why: reasons.passed(values.passed) })}</>;
  const able = queued.can_take.map((id) => names.get(id) ?? "").filter(Boolean);
  const shown = able.slice(0, SHOWN);
  if (able.length > SHOWN) shown.push(`+${able.length - SHOWN}`);
  const who = able.length > 0 ? t("queue.canTake", { names: new Intl.ListFormat(locale, { type: "unit" }).format(shown) }) : "";
  const key = `because.${code}`;
  const why = i18n.exists(key, { ns: "routing" })
    ? String(t(key as "because.manual", { ...values, name: names.get(String(values.agent_id)) ?? "" } as never))
    : code;
  return <>{[why, who].filter(Boolean).join(" · ")}</>;
}

/** Gives it to somebody by hand: those who could take it first. */
function Give({ conversation, agents, able }: { conversation: string; agents: Agent[]; able: string[] }) {
  const { t } = useTranslation("routing");
  const client = useQueryClient();
  const give = async (user: string) => {
    try {
      await conversations.change(conversation, { assigned_to: user });
      lookAgain(client);
    } catch (error) {
      sayProblem(t("hand.failed"), error);
    }
  };
  const ordered = agents.toSorted((one, other) => Number(able.includes(other.user_id)) - Number(able.includes(one.user_id)));
  return (
    <select className={classes.select} value="" aria-label={t("queue.assignLabel")} onChange={(event) => void give(event.currentTarget.value)}>
      <option value="" disabled>
        {t("queue.assignLabel")}
      </option>
      {ordered.map((agent) => (
        <option key={agent.user_id} value={agent.user_id}>
          {agent.name}
        </option>
      ))}
    </select>
  );
}
