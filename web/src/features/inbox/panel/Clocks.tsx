import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, content } from "@/api/client";
import { keys } from "@/api/keys";
import type { Clock, ConversationClocks } from "@/api/types";
import classes from "@/features/inbox/panel/Clocks.module.css";
import { clockAt } from "@/features/inbox/panel/clockState";
import panel from "@/features/inbox/panel/Panel.module.css";
import { COARSE_PACE, paceOf, shortSpan } from "@/lib/answerBy";
import { useNow } from "@/lib/clock";
import { dateTime, span } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { CircleCheck, CircleX, Clock as ClockIcon, Pause, TriangleAlert, type LucideIcon } from "@/ui/icons";

const SHOWN = 4;

/** The clocks of a conversation, the policy that sets them, and why it is this one. */
export default function Clocks({ id }: { id: string }) {
  const { t } = useTranslation("inbox");
  const { data } = useQuery({
    queryKey: keys.clocks(id),
    queryFn: ({ signal }) =>
      content<ConversationClocks>(client.GET("/api/v1/conversations/{conversation_id}/clocks", { params: { path: { conversation_id: id } }, signal })),
  });
  if (!data || (data.clocks.length === 0 && !data.policy)) return null;
  const newest = data.clocks.toReversed();
  return (
    <section className={panel.block} aria-label={t("clock.title")}>
      <h3>{t("clock.title")}</h3>
      <ul className={classes.list}>
        {newest.slice(0, SHOWN).map((clock) => (
          <ClockLine key={`${clock.kind}-${clock.cycle}`} clock={clock} />
        ))}
      </ul>
      {newest.length > SHOWN && (
        <details className={classes.more}>
          <summary>{t("clock.earlier", { count: newest.length - SHOWN })}</summary>
          <ul className={classes.list}>
            {newest.slice(SHOWN).map((clock) => (
              <ClockLine key={`${clock.kind}-${clock.cycle}`} clock={clock} />
            ))}
          </ul>
        </details>
      )}
      <Why clocks={data} />
    </section>
  );
}

const ICONS: Record<string, LucideIcon> = { ok: ClockIcon, soon: ClockIcon, paused: Pause, met: CircleCheck, breached: TriangleAlert };

function ClockLine({ clock }: { clock: Clock }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const coarse = useNow(COARSE_PACE);
  const now = useNow(clock.ended_at ? COARSE_PACE : paceOf({ answer_by: clock.due_at, answer_by_reason: { warn_at: clock.warn_at } as never }, coarse));
  const { state, left } = clockAt(clock, now);
  const Icon = ICONS[state] ?? CircleX;
  return (
    <li className={classes.clock}>
      <span>
        {t(`clock.${clock.kind as "first_response"}`)}
        <small>{t("clock.target", { span: span(clock.target_minutes * 60_000, locale) })}</small>
      </span>
      <span className={classes.state} data-state={state} title={clock.due_at ? t("clock.due", { at: dateTime(clock.due_at, locale) }) : undefined}>
        <Icon size={12} aria-hidden />
        {left === null ? t(`clock.state.${state as "met"}`) : shortSpan(left, locale)}
      </span>
    </li>
  );
}

/** Which policy applies, and which were tried before it. */
function Why({ clocks: { policy, tried, pinned } }: { clocks: ConversationClocks }) {
  const { t } = useTranslation("inbox");
  const passed = tried.filter((each) => !each.matched);
  const how = pinned ? "clock.byPinned" : policy?.conditions.length ? "clock.byPolicy" : "clock.byPolicyAll";
  return (
    <div className={classes.why}>
      <p>{policy ? t(how, { policy: policy.name }) : t("clock.noPolicy")}</p>
      {passed.length > 0 && <p>{t("clock.passed", { count: passed.length, names: passed.map((each) => each.name).join(", ") })}</p>}
    </div>
  );
}
