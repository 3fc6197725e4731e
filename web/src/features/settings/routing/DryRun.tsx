import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { policies as api } from "@/api/routing";
import type { Played, Replay } from "@/api/types";
import type { Draft } from "@/features/settings/routing/draft";
import { sharesOf } from "@/features/settings/routing/shares";
import own from "@/features/settings/routing/Routing.module.css";
import classes from "@/features/settings/Settings.module.css";
import { number, span } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Failed } from "@/ui/states";

const DAYS = 7;

/** The last days under the settings in the form, beside what happened; nothing is saved. */
export function DryRun({ draft, policy }: { draft: () => Draft; policy: string | null }) {
  const { t } = useTranslation("routing");
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<Replay | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [table, setTable] = useState(false);
  const run = async () => {
    setBusy(true);
    setProblem(null);
    const asked = draft();
    try {
      setFound(await api.tryOut({ ...asked, name: asked.name || "?" }, policy, DAYS));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={own.dry} aria-label={t("dry.title")}>
      <div className={own.row}>
        <div className={own.grow}>
          <h3 className={own.title}>{t("dry.title")}</h3>
          <p className={classes.dim}>{t("dry.intro")}</p>
        </div>
        <Button variant="default" size="compact-sm" loading={busy} onClick={() => void run()}>
          {t("dry.run", { count: DAYS })}
        </Button>
      </div>
      {problem && <Failed error={problem} compact />}
      <div aria-live="polite">
        {found && found.happened.conversations === 0 && <p>{t("dry.nothing")}</p>}
        {found && found.happened.conversations > 0 && (
          <>
            <Figures found={found} />
            <div className={own.legend}>
              <Button variant="default" size="compact-sm" onClick={() => setTable(!table)}>
                {t(table ? "dry.chart" : "dry.table")}
              </Button>
            </div>
            <Distribution found={found} table={table} />
            {!found.whole && <p className={own.warning}>{t("dry.cut")}</p>}
          </>
        )}
      </div>
    </section>
  );
}

function Figures({ found: { happened, would } }: { found: Replay }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const time = (seconds: number) => span(seconds * 1000, locale);
  const count = (value: number) => number(value, locale);
  const rows: [string, (played: Played) => string][] = [
    [t("dry.assigned"), (played) => count(played.given)],
    [t("dry.left"), (played) => count(played.left)],
    [t("dry.median"), (played) => time(played.waited_median_s)],
    [t("dry.p90"), (played) => time(played.waited_p90_s)],
    [t("dry.longest"), (played) => time(played.waited_longest_s)],
    [t("dry.overruns"), (played) => count(played.overruns)],
  ];
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th>{t("dry.metric")}</th>
          <th>{t("dry.now")}</th>
          <th>{t("dry.then")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{of(happened)}</td>
            <td>{of(would)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How many each person got and would have got. */
function Distribution({ found, table }: { found: Replay; table: boolean }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const shares = sharesOf(found, locale);
  if (table) {
    return (
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t("dry.perAgent")}</th>
            <th>{t("dry.now")}</th>
            <th>{t("dry.then")}</th>
          </tr>
        </thead>
        <tbody>
          {shares.map((share) => (
            <tr key={share.id}>
              <td>{share.name}</td>
              <td>{number(share.now, locale)}</td>
              <td>{number(share.next, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  const most = Math.max(1, ...shares.flatMap((share) => [share.now, share.next]));
  return (
    <figure className={own.figures}>
      <figcaption className={own.legend}>
        <strong>{t("dry.perAgent")}</strong>
        <span className={own.bar}>
          <span style={{ width: 16 }} /> {t("dry.now")}
        </span>
        <span className={own.bar} data-then>
          <span style={{ width: 16 }} /> {t("dry.then")}
        </span>
      </figcaption>
      <ul className={own.bars}>
        {shares.map((share) => (
          <li key={share.id}>
            <span className="truncate">{share.name}</span>
            <span className={own.pair}>
              <span className={own.bar} aria-label={`${t("dry.now")}: ${share.now}`} role="img">
                <span style={{ width: `${(share.now / most) * 85}%` }} />
                <span>{number(share.now, locale)}</span>
              </span>
              <span className={own.bar} data-then aria-label={`${t("dry.then")}: ${share.next}`} role="img">
                <span style={{ width: `${(share.next / most) * 85}%` }} />
                <span>{number(share.next, locale)}</span>
              </span>
            </span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
