import { Button, Modal } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { quarantine as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { QuarantinedEvent } from "@/api/types";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { number } from "@/lib/time";
import { useAccounts, useSession } from "@/live/queries";
import { ChannelMark } from "@/ui/channels";
import { useLocale } from "@/ui/i18n";
import { CircleCheck, RotateCcw } from "@/ui/icons";
import { Payload } from "@/ui/Payload";
import { Empty, Failed, ProgressLine, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";
import { say, sayProblem } from "@/ui/toasts";

/** What was received and could not be used: nothing gets lost, and after an update it can be tried again. */
export function QuarantineSection() {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const mayReplay = useSession().role === "administrator";
  const { data: accounts } = useAccounts();
  const [account, setAccount] = useState("");
  const [shown, setShown] = useState<QuarantinedEvent | null>(null);
  const filters = account ? { account } : {};
  const query = useInfiniteQuery({
    queryKey: keys.quarantine(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => api.list(filters, pageParam),
    getNextPageParam: (page) => page.next,
  });
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  const replay = async (run: () => Promise<unknown>) => {
    try {
      await run();
      say(t("quarantine.replayed"));
      setShown(null);
      setTimeout(() => void client.invalidateQueries({ queryKey: ["quarantine"] }), 1000);
    } catch (error) {
      sayProblem(t("quarantine.replayFailed"), error);
    }
  };
  return (
    <Section
      title={t("common:section.quarantine")}
      intro={t("quarantine.intro")}
      actions={
        mayReplay &&
        events.length > 0 && (
          <Button variant="default" leftSection={<RotateCcw size={16} />} onClick={() => void replay(api.replayAll)}>
            {t("quarantine.replayAll")}
          </Button>
        )
      }
    >
      <label className={classes.label} style={{ maxWidth: 260, marginBottom: 12 }}>
        {t("quarantine.account")}
        <select className={classes.select} value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
          <option value="">{t("quarantine.all")}</option>
          {accounts?.items.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
      </label>
      <div style={{ position: "relative" }}>
        <ProgressLine active={query.isFetching && !query.isPending} />
        {query.isPending && <SkeletonRows count={4} />}
        {query.isError && <Failed error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && events.length === 0 && <Empty icon={CircleCheck} title={t("quarantine.none")} text={t("quarantine.noneText")} />}
        {events.length > 0 && (
          <div className={classes.scroll}>
            <table className={classes.table}>
              <thead>
                <tr>
                  <th>{t("quarantine.received")}</th>
                  <th>{t("quarantine.reason")}</th>
                  <th>
                    <span className="sr-only">{t("actions")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {events.map((event) => (
                  <tr key={event.id}>
                    <td>
                      <span className={classes.person}>
                        <ChannelMark platform={event.platform} label={event.platform} />
                        <When at={event.received_at} />
                      </span>
                    </td>
                    <td>
                      {event.reason}
                      {event.detail && <div className={classes.dim}>{event.detail}</div>}
                    </td>
                    <td>
                      <span style={{ display: "inline-flex", gap: 6 }}>
                        <Button variant="default" onClick={() => setShown(event)}>
                          {t("quarantine.show")}
                        </Button>
                        {mayReplay && (
                          <Button variant="default" onClick={() => void replay(() => api.replay(event.id))}>
                            {t("quarantine.replay")}
                          </Button>
                        )}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {query.hasNextPage && (
          <Button variant="default" className={classes.more} onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
            {t("common:action.more")}
          </Button>
        )}
      </div>
      <Ignored />
      {shown && (
        <Modal opened onClose={() => setShown(null)} title={shown.reason} size="xl" closeButtonProps={{ "aria-label": t("common:action.close") }}>
          {shown.detail && <p className={classes.intro}>{shown.detail}</p>}
          <Payload value={shown.payload} />
        </Modal>
      )}
    </Section>
  );
}

function Ignored() {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  const { data } = useQuery({ queryKey: keys.ignored, queryFn: api.ignored, staleTime: 30_000 });
  if (!data || data.items.length === 0) return null;
  return (
    <section style={{ marginTop: 32 }}>
      <h3>{t("quarantine.ignored")}</h3>
      <p className={classes.intro}>{t("quarantine.ignoredText")}</p>
      <table className={classes.table}>
        <tbody>
          {data.items.map(({ reason, count }) => (
            <tr key={reason}>
              <td>{reason}</td>
              <td className="figures">{number(count, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
