import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { Confirm } from "@/features/settings/Confirm";
import { Chip, Section } from "@/features/settings/Section";
import settings from "@/features/settings/Settings.module.css";
import { calendars, policies as api, slaKeys, type SlaPolicy } from "@/features/settings/sla/api";
import { Cautions } from "@/features/settings/sla/Cautions";
import { ChangePreview, RolloutProgress } from "@/features/settings/sla/ChangePreview";
import { useSayCondition } from "@/features/settings/sla/conditions";
import { PolicyEditor } from "@/features/settings/sla/PolicyEditor";
import { moved } from "@/features/settings/sla/sentences";
import classes from "@/features/settings/sla/Sla.module.css";
import { span } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { AlarmClock, ArrowDown, Pencil, Plus, Trash2 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { sayProblem } from "@/ui/toasts";

export function PoliciesSection() {
  const { t } = useTranslation(["sla", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: slaKeys.policies, queryFn: api.list });
  const [edited, setEdited] = useState<string | null>(null);
  const [removing, setRemoving] = useState<SlaPolicy | null>(null);
  const refresh = () => Promise.all([slaKeys.policies, keys.slaProgress].map((queryKey) => client.invalidateQueries({ queryKey })));
  const close = () => setEdited(null);
  const items = data?.items ?? [];
  const move = async (at: number, by: number) => {
    const next = moved(items, at, by);
    client.setQueryData(slaKeys.policies, data && { ...data, items: next });
    try {
      await api.order(next.map((each) => each.id));
    } catch (problem) {
      sayProblem(t("policy.orderFailed"), problem);
    }
    await refresh();
  };
  if (edited !== null) {
    const policy = items.find((each) => each.id === edited) ?? null;
    return (
      <Section title={policy ? t("policy.editTitle", { name: policy.name }) : t("policy.create")}>
        <PolicyEditor policy={policy} onClose={close} onSaved={() => void refresh().then(close)} />
      </Section>
    );
  }
  return (
    <Section
      title={t("common:section.sla")}
      intro={t("policy.intro")}
      actions={
        <Button leftSection={<Plus size={16} />} onClick={() => setEdited("new")}>
          {t("policy.create")}
        </Button>
      }
    >
      <RolloutProgress />
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && items.length === 0 && <Empty icon={AlarmClock} title={t("policy.none")} text={t("policy.noneText")} />}
      <ol className={settings.cards}>
        {items.map((policy, index) => (
          <li key={policy.id} className={`${settings.card} ${classes.card}`} data-off={!policy.enabled || undefined}>
            <span className={classes.place} aria-hidden>
              {index + 1}
            </span>
            <Summary policy={policy} />
            <span className={classes.cardActions}>
              <IconButton icon={ArrowDown} className={classes.up} label={t("policy.up", { name: policy.name })} disabled={index === 0} onClick={() => void move(index, -1)} />
              <IconButton icon={ArrowDown} label={t("policy.down", { name: policy.name })} disabled={index === items.length - 1} onClick={() => void move(index, 1)} />
              <IconButton icon={Pencil} label={t("edit", { name: policy.name })} onClick={() => setEdited(policy.id)} />
              <IconButton icon={Trash2} label={t("remove", { name: policy.name })} onClick={() => setRemoving(policy)} />
            </span>
          </li>
        ))}
      </ol>
      {removing && (
        <Confirm
          title={t("policy.removeTitle", { name: removing.name })}
          action={t("common:action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await api.remove(removing.id);
            await refresh();
          }}
        >
          <p>{t("policy.removeText")}</p>
          <ChangePreview change={{ policy_id: removing.id, remove: true }} />
        </Confirm>
      )}
    </Section>
  );
}

function Summary({ policy }: { policy: SlaPolicy }) {
  const { t } = useTranslation(["sla", "inbox"]);
  const locale = useLocale();
  const say = useSayCondition();
  const { data } = useQuery({ queryKey: slaKeys.calendars, queryFn: calendars.list });
  const list = new Intl.ListFormat(locale, { type: policy.match === "all" ? "conjunction" : "disjunction" });
  const calendar = data?.items.find((each) => each.id === policy.calendar_id)?.name;
  const time = (minutes: number) => span(minutes * 60_000, locale);
  return (
    <div className={classes.cardText}>
      <h3>
        {policy.name} {!policy.enabled && <Chip tone="calm">{t("policy.off")}</Chip>}
      </h3>
      <p>{policy.conditions.length === 0 ? t("policy.everything") : t("policy.when", { conditions: list.format(policy.conditions.map(say)) })}</p>
      <ul className={classes.rows}>
        {policy.targets.map((row) => (
          <li key={`${row.priority}-${row.source}`}>
            <b>
              {row.source ? t(`inbox:source.${row.source as "dm"}`) : t("policy.anySource")} · {row.priority ? t(`inbox:priority.${row.priority as "low"}`) : t("policy.anyPriority")}
            </b>
            <span>
              {[
                row.first_response !== null && t("policy.first", { time: time(row.first_response) }),
                row.next_response !== null && t("policy.next", { time: time(row.next_response) }),
                row.resolution !== null && t("policy.solved", { time: time(row.resolution) }),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ul>
      <p className={settings.dim}>{policy.calendar_id ? t("policy.byCalendar", { name: calendar ?? "" }) : t("policy.aroundClock")}</p>
      <Cautions cautions={policy.warnings} />
    </div>
  );
}
