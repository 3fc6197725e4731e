import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChannelAccount } from "@/api/types";
import { type HealthLine, watching, watchingKeys } from "@/api/watching";
import classes from "@/features/settings/channels/AccountHealth.module.css";
import { dateTime } from "@/lib/time";
import { ChevronDown, CircleCheck, CircleX, TriangleAlert } from "@/ui/icons";
import { useLocale } from "@/ui/i18n";
import { Age } from "@/ui/Time";

const AGAIN_MS = 60_000;
const ICONS = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX };

/** How a connection is: what is wrong at once, everything on demand. */
export function AccountHealth({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("settings");
  const [all, setAll] = useState(false);
  const { data } = useQuery({
    queryKey: [...watchingKeys.health(account.id), account.status, account.updated_at],
    queryFn: ({ signal }) => watching.health(account.id, { signal }),
    refetchInterval: AGAIN_MS,
  });
  if (!data) return null;
  const shown = data.lines.filter((line) => all || line.level !== "ok");
  const Mark = ICONS[data.level];
  return (
    <section className={classes.health} aria-label={t("health.title")}>
      <button type="button" className={classes.summary} data-level={data.level} aria-expanded={all} onClick={() => setAll(!all)}>
        <Mark size={16} aria-hidden />
        <b>{t(`health.level.${data.level}`)}</b>
        {data.looked_at && (
          <span>
            {t("health.lookedAt")} <Age at={data.looked_at} />
          </span>
        )}
        <ChevronDown size={14} className={classes.turn} data-open={all || undefined} aria-hidden />
      </button>
      {shown.length > 0 && (
        <ul>
          {shown.map((line) => (
            <Line key={`${line.name} ${line.code}`} line={line} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ line }: { line: HealthLine }) {
  const { t, i18n } = useTranslation("settings");
  const locale = useLocale();
  const Mark = ICONS[line.level];
  const text = (area: string, code: string, values: object = {}) => {
    const key = `health.${area}.${code}`;
    return i18n.exists(key, { ns: "settings" }) ? String(t(key as "health.title", values as never)) : "";
  };
  const values = Object.fromEntries(Object.entries(line.values ?? {}).map(([name, value]) => [name, told(value, locale)]));
  const name = text("name", line.name) || line.name;
  return (
    <li data-level={line.level}>
      <Mark size={16} aria-hidden />
      <div>
        <p>
          <b>{name}</b> {text("code", line.code, values)}
        </p>
        {line.detail && <p className={classes.detail}>{line.detail}</p>}
        {line.remedy && <p className={classes.remedy}>{text("remedy", line.remedy)}</p>}
      </div>
    </li>
  );
}

const TIME = /^\d{4}-\d\d-\d\dT/;

function told(value: unknown, locale: string): string {
  if (typeof value === "string" && TIME.test(value)) return dateTime(value, locale);
  if (typeof value === "number") return value.toLocaleString(locale);
  return String(value ?? "");
}
