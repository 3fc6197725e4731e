import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deliveries as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Delivery, DeliveryState } from "@/api/types";
import { Chip, Section, type Tone } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { Send } from "@/ui/icons";
import { Empty, Failed, ProgressLine, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";

const STATES = ["queued", "sending", "sent", "rejected", "unknown", "canceled"] as const;
const TONES: Record<string, Tone> = { sent: "ok", rejected: "bad", unknown: "soon", queued: "info", sending: "info" };

/** What leaves or has left, with every attempt. */
export function DeliveriesSection() {
  const { t } = useTranslation(["settings", "common"]);
  const [state, setState] = useState<DeliveryState | "">("");
  const filters = state ? { state } : {};
  const query = useInfiniteQuery({
    queryKey: keys.deliveries(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => api.list(filters, pageParam),
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    refetchInterval: 10_000,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={t("common:section.deliveries")} intro={t("deliveries.intro")}>
      <label className={classes.label} style={{ maxWidth: 260, marginBottom: 12 }}>
        {t("deliveries.state")}
        <select className={classes.select} value={state} onChange={(event) => setState(event.currentTarget.value as DeliveryState | "")}>
          <option value="">{t("deliveries.all")}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {t(`deliveries.states.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <div style={{ position: "relative" }}>
        <ProgressLine active={query.isFetching && !query.isPending} />
        {query.isPending && <SkeletonRows count={4} />}
        {query.isError && <Failed error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && items.length === 0 && <Empty icon={Send} title={t("deliveries.none")} />}
        <div className={classes.cards}>
          {items.map((delivery) => (
            <Item key={delivery.id} delivery={delivery} />
          ))}
        </div>
        {query.hasNextPage && (
          <Button variant="default" className={classes.more} onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
            {t("common:action.more")}
          </Button>
        )}
      </div>
    </Section>
  );
}

function Item({ delivery }: { delivery: Delivery }) {
  const { t, i18n } = useTranslation("settings");
  const outcomeOf = (outcome: string | null) => {
    const key = `deliveries.outcomes.${outcome ?? "none"}`;
    return i18n.exists(key, { ns: "settings" }) ? t(key as "deliveries.outcomes.none") : outcome;
  };
  return (
    <article className={classes.card}>
      <div className={classes.person} style={{ flexWrap: "wrap" }}>
        <Chip tone={TONES[delivery.state] ?? "calm"}>{t(`deliveries.states.${delivery.state as "sent"}`)}</Chip>
        <When at={delivery.due_at} />
        <Link to="/inbox/$view/$conversation" params={{ view: "all", conversation: delivery.conversation_id }} style={{ marginLeft: "auto" }}>
          {t("deliveries.open")}
        </Link>
      </div>
      {delivery.error_message && <p>{delivery.error_message}</p>}
      {delivery.attempts.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <tbody>
              {delivery.attempts.map((attempt) => (
                <tr key={attempt.number}>
                  <td>{t("deliveries.attempt", { number: attempt.number })}</td>
                  <td className={classes.dim}>
                    <When at={attempt.started_at} />
                  </td>
                  <td>{outcomeOf(attempt.outcome)}</td>
                  <td className={classes.dim}>{[attempt.http_status, attempt.code, attempt.detail].filter(Boolean).join(" · ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </article>
  );
}
