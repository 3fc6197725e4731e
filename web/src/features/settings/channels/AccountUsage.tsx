import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ChannelAccount } from "@/api/types";
import { type AccountUsage as Usage, watching, watchingKeys } from "@/api/watching";
import classes from "@/features/settings/channels/AccountUsage.module.css";
import { type Day, daysOf, kindsOf } from "@/features/settings/channels/usage";
import { useNow } from "@/lib/clock";
import { dateTime } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Failed, SkeletonRows } from "@/ui/states";

const HEIGHT = 48;
const STEP = 8;

/** What an account's calls use up: a month by days and kinds, the day's budgets, and what the network says is left. */
export function AccountUsage({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("settings");
  const now = useNow();
  const { data, error, refetch } = useQuery({
    queryKey: watchingKeys.usage(account.id),
    queryFn: ({ signal }) => watching.usage(account.id, { signal }),
    staleTime: 30_000,
  });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows count={2} height={24} />;
  const costs = data.usd > 0;
  const nothing = data.days.length === 0 && data.budgets.length === 0 && data.quotas.length === 0;
  return (
    <section className={classes.usage} aria-label={t("usage.title")}>
      {nothing && <p className={classes.quiet}>{t("usage.none")}</p>}
      <Limits usage={data} />
      {data.days.length > 0 && (
        <>
          <Plot days={daysOf(data.days, data.since, new Date(now).toISOString().slice(0, 10), costs)} costs={costs} />
          <Kinds usage={data} costs={costs} />
        </>
      )}
    </section>
  );
}

function Limits({ usage }: { usage: Usage }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  return (
    <>
      {usage.budgets.map((budget) => (
        <Bar
          key={`budget ${budget.kind}`}
          label={t("usage.budget", { kind: budget.kind, at: dateTime(budget.resets_at, locale) })}
          value={budget.spent}
          limit={budget.units}
          mark={budget.read_units}
        />
      ))}
      {usage.quotas.map((quota) => (
        <Bar
          key={`quota ${quota.kind}`}
          label={t("usage.quota", { kind: quota.kind, left: quota.remaining.toLocaleString(locale), at: dateTime(quota.resets_at, locale) })}
          value={quota.limit ? quota.limit - quota.remaining : 0}
          limit={quota.limit ?? 0}
        />
      ))}
    </>
  );
}

/** How much of a limit is used; `mark` is where reading stops. */
function Bar({ label, value, limit, mark }: { label: string; value: number; limit: number; mark?: number }) {
  const locale = useLocale();
  const share = limit > 0 ? Math.min(1, Math.max(0, value / limit)) : 0;
  return (
    <div className={classes.bar}>
      <p>
        <span>{label}</span>
        {limit > 0 && (
          <span>
            {Math.round(value).toLocaleString(locale)} / {limit.toLocaleString(locale)}
          </span>
        )}
      </p>
      {limit > 0 && (
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden>
          <rect width="100" height="4" className={classes.track} />
          <rect width={share * 100} height="4" className={share > 0.9 ? classes.nearly : classes.fill} />
          {mark !== undefined && <rect x={(mark / limit) * 100} width="0.5" height="4" className={classes.mark} />}
        </svg>
      )}
    </div>
  );
}

function Plot({ days, costs }: { days: Day[]; costs: boolean }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  const most = Math.max(...days.map((each) => each.value), 0);
  return (
    <svg className={classes.plot} viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`} role="img" aria-label={t("usage.plot", { days: days.length })}>
      {days.map(({ day, value }, index) => {
        const height = most > 0 ? Math.max(value > 0 ? 1 : 0, (value / most) * HEIGHT) : 0;
        return (
          <rect key={day} x={index * STEP + 1} y={HEIGHT - height} width={STEP - 2} height={height} className={classes.fill}>
            <title>{`${day}: ${amount(value, costs, locale)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function Kinds({ usage, costs }: { usage: Usage; costs: boolean }) {
  const { t } = useTranslation("settings");
  const locale = useLocale();
  return (
    <table className={classes.kinds}>
      <thead>
        <tr>
          <th scope="col">{t("usage.kind")}</th>
          <th scope="col">{t("usage.calls")}</th>
          <th scope="col">{t("usage.units")}</th>
          {costs && <th scope="col">{t("usage.cost")}</th>}
        </tr>
      </thead>
      <tbody>
        {kindsOf(usage.days, costs).map((each) => (
          <tr key={each.kind}>
            <th scope="row">{each.kind}</th>
            <td>{each.calls.toLocaleString(locale)}</td>
            <td>{each.units.toLocaleString(locale)}</td>
            {costs && <td>{amount(each.usd, true, locale)}</td>}
          </tr>
        ))}
      </tbody>
      {costs && (
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {t("usage.total")}
            </th>
            <td>{amount(usage.usd, true, locale)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function amount(value: number, costs: boolean, locale: string): string {
  return costs
    ? value.toLocaleString(locale, { style: "currency", currency: "USD", maximumFractionDigits: 3 })
    : value.toLocaleString(locale, { maximumFractionDigits: 1 });
}
