import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { policies, slaKeys, type Change } from "@/features/settings/sla/api";
import classes from "@/features/settings/sla/Sla.module.css";
import { number } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { CircleCheck, TriangleAlert } from "@/ui/icons";

const PAUSE = 400;
const EXAMPLES = 5;

/** The value once it has not changed for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as T), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** What saving would do to the open conversations, renewed while one types. */
export function ChangePreview({ change }: { change: Change }) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const settled = useSettled(change);
  const { data, error, isFetching } = useQuery({
    queryKey: slaKeys.preview(settled),
    queryFn: ({ signal }) => policies.preview(settled, signal),
    placeholderData: (before) => before,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const n = (value: number) => number(value, locale);
  return (
    <section className={classes.preview} aria-label={t("preview.title")} aria-live="polite" aria-busy={isFetching} data-bad={(data?.newly_late ?? 0) > 0 || undefined}>
      <h3>{t("preview.title")}</h3>
      {error && <p>{t("preview.refused", { reason: Object.values(asProblem(error).fields)[0] ?? asProblem(error).message })}</p>}
      {data && !error && (
        <>
          <p className={classes.verdict}>
            {data.newly_late > 0 ? <TriangleAlert size={16} aria-hidden /> : <CircleCheck size={16} aria-hidden />}
            <span>
              {data.changed === 0 ? t("preview.nothing", { open: n(data.open) }) : t("preview.changes", { count: data.changed, shown: n(data.changed), open: n(data.open) })}
              {data.newly_late > 0 && ` ${t("preview.late", { count: data.newly_late, shown: n(data.newly_late) })}`}
              {data.changed > 0 && data.newly_late === 0 && ` ${t("preview.noneLate")}`}
            </span>
          </p>
          {data.examples.length > 0 && (
            <p className={classes.examples}>
              {t("preview.examples")}{" "}
              {data.examples.slice(0, EXAMPLES).map((each) => (
                <Link key={each.id} to="/inbox/$view/$conversation" params={{ view: "all", conversation: each.id }}>
                  #{each.number}
                </Link>
              ))}
            </p>
          )}
          {data.changed > 0 && (
            <table className={classes.shares}>
              <thead>
                <tr>
                  <th>{t("preview.policy")}</th>
                  <th>{t("preview.before")}</th>
                  <th>{t("preview.after")}</th>
                </tr>
              </thead>
              <tbody>
                {data.policies.map((share) => (
                  <tr key={share.policy_id ?? "none"}>
                    <td>{share.name ?? t("preview.none")}</td>
                    <td>{n(share.before)}</td>
                    <td>{n(share.after)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </section>
  );
}

const EVERY = 1000;

/** How far what was saved last is applied to the open conversations. */
export function RolloutProgress() {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const { data } = useQuery({
    queryKey: keys.slaProgress,
    queryFn: policies.progress,
    refetchInterval: ({ state }) => (state.data && !state.data.finished_at ? EVERY : false),
  });
  if (!data || data.finished_at) return null;
  return (
    <div className={classes.progress} role="status">
      <span>{t("progress", { done: number(data.done, locale), total: number(data.total, locale) })}</span>
      <progress max={Math.max(1, data.total)} value={data.done} aria-label={t("progressLabel")} />
    </div>
  );
}
