import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { customers } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Conversation } from "@/api/types";
import classes from "@/features/inbox/panel/Panel.module.css";
import { usePlace } from "@/features/inbox/place";
import { languageName } from "@/lib/time";
import { useConversation, useMembers } from "@/live/queries";
import { useTeams } from "@/live/routing";
import { Avatar } from "@/ui/Avatar";
import { ConversationLine } from "@/ui/ConversationLine";
import { CustomerNotes } from "@/ui/CustomerNotes";
import { Identities } from "@/ui/Identities";
import { useLocale } from "@/ui/i18n";
import { useReasons } from "@/ui/reasons";
import { AfterAMoment, Bone, Failed } from "@/ui/states";
import { When } from "@/ui/Time";
import { Link } from "@tanstack/react-router";

const TalkLanguage = lazy(() => import("@/features/inbox/panel/TalkLanguage"));
const Clocks = lazy(() => import("@/features/inbox/panel/Clocks"));
const Banning = lazy(() => import("@/features/inbox/panel/Banning"));

/** Who writes, what about, and what was before. */
export function Panel({ id }: { id: string }) {
  const { t } = useTranslation("inbox");
  const { data, error, refetch } = useConversation(id);
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <AfterAMoment>
        <div className={classes.block}>
          <Bone width="60%" height={20} />
        </div>
      </AfterAMoment>
    );
  }
  const { conversation } = data;
  return (
    <>
      {conversation.customer_id ? (
        <CustomerBlock id={conversation.customer_id} conversation={conversation} />
      ) : (
        <p className={classes.block}>{t("panel.noCustomer")}</p>
      )}
      {(conversation.banned || data.may.includes("ban")) && (
        <Suspense fallback={<div className={classes.banRoom} />}>
          <Banning conversation={conversation} may={data.may} accountName={data.account.name} />
        </Suspense>
      )}
      {conversation.sla_policy_id !== null || conversation.answer_by_reason ? (
        <Suspense>
          <Clocks id={id} />
        </Suspense>
      ) : null}
      <Details conversation={conversation} accountName={data.account.name} />
      {conversation.customer_id && <Earlier id={conversation.customer_id} conversation={conversation} />}
    </>
  );
}

function useCustomer(id: string) {
  return useQuery({ queryKey: keys.customer(id), queryFn: ({ signal }) => customers.detail(id, { signal }) });
}

/** What else this customer wrote about; last, because its length is not known before it has come. */
function Earlier({ id, conversation }: { id: string; conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const place = usePlace();
  const { data } = useCustomer(id);
  const earlier = data?.conversations.filter((each) => each.id !== conversation.id) ?? [];
  if (earlier.length === 0) return null;
  return (
    <section className={classes.block}>
      <h3>{t("panel.earlier", { count: earlier.length })}</h3>
      <ul>
        {earlier.slice(0, 8).map((each) => (
          <li key={each.id}>
            <ConversationLine conversation={each} href={place.hrefOf(each.id)} onOpen={() => place.open(each.id)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function CustomerBlock({ id, conversation }: { id: string; conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const { data, error, refetch } = useCustomer(id);
  return (
    <>
      <section className={classes.block}>
        <div className={classes.person}>
          <Avatar name={conversation.customer_name || "?"} src={conversation.customer_avatar} size={48} />
          <div className={classes.personText}>
            <h2>
              <Link to="/customers/$customer" params={{ customer: id }}>
                {data?.customer.name ?? conversation.customer_name}
              </Link>
            </h2>
            <p>{data?.customer.language ? t("panel.language", { language: languageName(data.customer.language, locale) }) : "\u00a0"}</p>
          </div>
        </div>
        {error && !data && <Failed error={error} onRetry={() => void refetch()} compact />}
        <div className={classes.identities}>{data && <Identities identities={data.identities} />}</div>
      </section>
      <section className={classes.block}>
        <h3>{t("panel.notes")}</h3>
        <div className={classes.notes}>{data && <CustomerNotes key={id} customer={data.customer} />}</div>
      </section>
    </>
  );
}

function Details({ conversation, accountName }: { conversation: Conversation; accountName: string }) {
  const { t } = useTranslation("inbox");
  const { data: members } = useMembers();
  const { data: teams } = useTeams(conversation.team_id !== null);
  const reasons = useReasons();
  const team = teams?.items.find((each) => each.id === conversation.team_id)?.name;
  const assignee = members?.items.find((member) => member.user_id === conversation.assigned_to)?.name;
  const sentiment = conversation.metadata.sentiment;
  const reason = conversation.assigned_reason;
  const rows: [string, React.ReactNode][] = [
    [t("panel.number"), `#${conversation.number}`],
    [t("panel.status"), t(`status.${conversation.status}`)],
    [t("panel.assignee"), assignee ?? t("assign.nobody")],
    ...(assignee && reasons.tells(reason) ? ([[t("panel.reason"), reasons.assigned(assignee, reason)]] as [string, React.ReactNode][]) : []),
    ...(team ? ([[t("panel.team"), team]] as [string, React.ReactNode][]) : []),
    [t("panel.talkLanguage"), <Suspense key="language" fallback={"\u00a0"}><TalkLanguage conversation={conversation} /></Suspense>],
    [t("panel.priority"), t(`priority.${conversation.priority}`)],
    [t("panel.channel"), accountName],
    [t("panel.source"), t(`source.${conversation.source}`)],
    [t("panel.created"), <When key="created" at={conversation.created_at} />],
    ...(conversation.first_response_at ? ([[t("panel.firstResponse"), <When key="first" at={conversation.first_response_at} />]] as [string, React.ReactNode][]) : []),
    ...(conversation.snoozed_until ? ([[t("panel.snoozed"), <When key="snoozed" at={conversation.snoozed_until} />]] as [string, React.ReactNode][]) : []),
    ...(typeof sentiment === "string" ? ([[t("panel.sentiment"), sentiment]] as [string, React.ReactNode][]) : []),
  ];
  return (
    <section className={classes.block}>
      <h3>{t("panel.conversation")}</h3>
      <dl className={classes.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {conversation.tags.length > 0 && (
        <ul className={classes.tags} aria-label={t("action.tags")}>
          {conversation.tags.map((tag) => (
            <li key={tag}>{tag}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
