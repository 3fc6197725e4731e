import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CalendarEditor } from "@/features/settings/calendars/CalendarEditor";
import { OpenNow } from "@/features/settings/calendars/Strip";
import { weekMinutes } from "@/features/settings/calendars/week";
import { Confirm } from "@/features/settings/Confirm";
import { Section } from "@/features/settings/Section";
import settings from "@/features/settings/Settings.module.css";
import { calendars as api, slaKeys, type BusinessCalendar } from "@/features/settings/sla/api";
import { RolloutProgress } from "@/features/settings/sla/ChangePreview";
import classes from "@/features/settings/sla/Sla.module.css";
import { number } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Clock, Pencil, Plus, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";

export function CalendarsSection() {
  const { t } = useTranslation(["sla", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: slaKeys.calendars, queryFn: api.list });
  const [edited, setEdited] = useState<string | null>(null);
  const [removing, setRemoving] = useState<BusinessCalendar | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: slaKeys.calendars });
  const close = () => setEdited(null);
  if (edited !== null) {
    const calendar = data?.items.find((each) => each.id === edited) ?? null;
    return (
      <Section title={calendar ? t("calendar.editTitle", { name: calendar.name }) : t("calendar.create")}>
        <CalendarEditor calendar={calendar} onClose={close} onSaved={() => void refresh().then(close)} />
      </Section>
    );
  }
  return (
    <Section
      title={t("common:section.hours")}
      intro={t("calendar.intro")}
      actions={
        <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
          {t("calendar.create")}
        </Button>
      }
    >
      <RolloutProgress />
      {isPending && <SkeletonRows count={2} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <Empty icon={Clock} title={t("calendar.none")} text={t("calendar.noneText")} />}
      <ul className={settings.cards}>
        {data?.items.map((calendar) => (
          <li key={calendar.id} className={`${settings.card} ${classes.card}`}>
            <Summary calendar={calendar} />
            <span className={classes.cardActions}>
              <IconButton icon={Pencil} label={t("edit", { name: calendar.name })} onClick={() => setEdited(calendar.id)} />
              <IconButton icon={Trash2} label={t("remove", { name: calendar.name })} onClick={() => setRemoving(calendar)} />
            </span>
          </li>
        ))}
      </ul>
      {removing && (
        <Confirm
          title={t("calendar.removeTitle", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
          }}
        >
          <p>{removing.policies.length > 0 ? t("calendar.inUse", { names: removing.policies.join(", ") }) : t("calendar.removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function Summary({ calendar }: { calendar: BusinessCalendar }) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  return (
    <div className={classes.cardText}>
      <h3>{calendar.name}</h3>
      <OpenNow spec={calendar.spec} />
      <p className={settings.dim}>
        {t("calendar.summary", { zone: calendar.spec.zone, hours: number(Math.round(weekMinutes(calendar.spec) / 6) / 10, locale) })}
        {" · "}
        {calendar.policies.length > 0 ? t("calendar.usedBy", { names: calendar.policies.join(", ") }) : t("calendar.unused")}
      </p>
    </div>
  );
}
