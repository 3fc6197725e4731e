import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { conversations } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Conversation } from "@/api/types";
import classes from "@/features/queue/Queue.module.css";
import { useNow } from "@/lib/clock";
import { span } from "@/lib/time";
import { useMembers } from "@/live/queries";
import { ChannelMark, SourceIcon } from "@/ui/channels";
import { useLocale } from "@/ui/i18n";
import { CircleCheck, Clock as ClockIcon } from "@/ui/icons";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

const AHEAD = 30 * 60_000;
const FILTERS = { status: "open", sort: "answer_by" } as const;

/** What is to be answered within half an hour, or should have been, soonest first. */
export function RiskColumn() {
  const { t } = useTranslation("routing");
  const now = useNow();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...keys.queue, "due"],
    queryFn: ({ signal }) => conversations.list(FILTERS as never, null, { signal }),
    refetchInterval: 30_000,
  });
  const due = data?.items.filter((each) => each.answer_by && Date.parse(each.answer_by) - now < AHEAD) ?? [];
  return (
    <section aria-labelledby="queue-risk" className={classes.column}>
      <h2 id="queue-risk">{t("queue.risk")}</h2>
      {isPending && <SkeletonRows count={3} />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} compact />}
      {data && due.length === 0 && <Empty icon={CircleCheck} title={t("queue.riskNone")} />}
      <ul className={classes.rows}>
        {due.map((each) => (
          <Due key={each.id} conversation={each} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Due({ conversation, now }: { conversation: Conversation; now: number }) {
  const { t } = useTranslation(["routing", "inbox"]);
  const locale = useLocale();
  const { data: members } = useMembers();
  const left = Date.parse(conversation.answer_by!) - now;
  const assignee = members?.items.find((member) => member.user_id === conversation.assigned_to)?.name;
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <ChannelMark platform={conversation.platform} size={14} />
        <SourceIcon source={conversation.source} size={13} />
        <Link to="/inbox/$view/$conversation" params={{ view: "all", conversation: conversation.id }} className={`${classes.name} truncate`}>
          {conversation.customer_name || `#${conversation.number}`}
        </Link>
        <span className={classes.due} data-late={left < 0 || undefined}>
          <ClockIcon size={12} aria-hidden /> {left < 0 ? `${t("queue.overdue")} · ` : ""}
          {span(Math.abs(left), locale)}
        </span>
      </div>
      <p className={classes.why}>{assignee ?? t("inbox:assign.nobody")}</p>
    </li>
  );
}
