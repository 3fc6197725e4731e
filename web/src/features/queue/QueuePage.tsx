import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Agent, Conversation, QueuedConversation, QueueView } from "@/api/types";
import { AgentRow } from "@/features/queue/AgentRow";
import classes from "@/features/queue/Queue.module.css";
import { QueuedRow } from "@/features/queue/QueuedRow";
import { RiskColumn } from "@/features/queue/RiskColumn";
import { useNow } from "@/lib/clock";
import { number, span } from "@/lib/time";
import { useQueue } from "@/live/routing";
import { useLocale } from "@/ui/i18n";
import { CircleCheck } from "@/ui/icons";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

/** What waits and why, what is due soon, and who is there. */
export function QueuePage() {
  const { t } = useTranslation("routing");
  const { data, error, isPending, refetch } = useQueue();
  return (
    <main id="thread" className={classes.page} tabIndex={-1} data-pane>
      <header className={classes.head}>
        <h1>{t("queue.title")}</h1>
        {data && <Tiles view={data} />}
      </header>
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      <div className={classes.columns}>
        <section aria-labelledby="queue-waiting" className={classes.column}>
          <h2 id="queue-waiting">{t("queue.waiting")}</h2>
          {isPending && <SkeletonRows count={4} />}
          {data && <Waiting view={data} />}
        </section>
        <RiskColumn />
        <section aria-labelledby="queue-agents" className={classes.column}>
          <h2 id="queue-agents">{t("queue.agents")}</h2>
          {isPending && <SkeletonRows count={4} />}
          {data && (
            <ul className={classes.rows}>
              {byStatus(data.agents).map((agent) => (
                <AgentRow key={agent.user_id} agent={agent} />
              ))}
            </ul>
          )}
        </section>
      </div>
    </main>
  );
}

const ORDER = { online: 0, away: 1, offline: 2 };

function byStatus(agents: Agent[]): Agent[] {
  return agents.toSorted((one, other) => ORDER[one.status] - ORDER[other.status]);
}

function Waiting({ view }: { view: QueueView }) {
  const { t } = useTranslation("routing");
  const names = useMemo(() => new Map(view.agents.map((agent) => [agent.user_id, agent.name])), [view.agents]);
  if (view.waiting.length === 0) return <Empty icon={CircleCheck} title={t("queue.none")} text={t("queue.noneText")} />;
  const left = view.total - view.waiting.length;
  return (
    <>
      <ol className={classes.rows}>
        {view.waiting.map((queued: QueuedConversation) => (
          <QueuedRow key={queued.conversation.id} queued={queued} names={names} agents={view.agents} />
        ))}
      </ol>
      {left > 0 && <p className={classes.dim}>{t("queue.more", { count: left })}</p>}
    </>
  );
}

function Tiles({ view }: { view: QueueView }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const now = useNow();
  const online = view.agents.filter((agent) => agent.status === "online");
  const unlimited = online.some((agent) => agent.capacity === null);
  const free = online.reduce((sum, agent) => sum + Math.max(0, (agent.capacity ?? 0) - agent.load), 0);
  const oldest = oldestOf(view.waiting.map((each) => each.conversation));
  const tiles: [string, string][] = [
    [t("queue.open"), view.total >= 1000 ? "999+" : number(view.total, locale)],
    [t("queue.oldest"), oldest === null ? "–" : span(now - oldest, locale)],
    [t("queue.online"), number(online.length, locale)],
    [t("queue.free"), unlimited ? t("queue.unlimited") : number(free, locale)],
  ];
  return (
    <dl className={classes.tiles}>
      {tiles.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function oldestOf(waiting: Conversation[]): number | null {
  const times = waiting.map((each) => Date.parse(each.waiting_since ?? each.last_message_at));
  return times.length === 0 ? null : Math.min(...times);
}
