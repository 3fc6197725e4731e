import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { tags } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Conversation, Page, Priority, Tag } from "@/api/types";
import classes from "@/features/inbox/thread/pickers.module.css";
import { now } from "@/lib/clock";
import { dateTime } from "@/lib/time";
import { useMembers, useSession, useTags } from "@/live/queries";
import { upsert } from "@/live/reducer";
import { Avatar } from "@/ui/Avatar";
import { useLocale } from "@/ui/i18n";
import { Flag } from "@/ui/icons";
import { Picker, type Option } from "@/ui/Picker";
import { sayProblem } from "@/ui/toasts";

interface Common {
  opened: boolean;
  onOpen: (opened: boolean) => void;
  children: ReactNode;
}

export function AssignPicker({
  conversation,
  onPick,
  ...rest
}: Common & { conversation: Conversation; onPick: (user: string | null) => void }) {
  const { t } = useTranslation("inbox");
  const me = useSession().user;
  const { data } = useMembers(rest.opened);
  const options = useMemo<Option[]>(() => {
    const others = data?.items.filter((member) => member.user_id !== me.id) ?? [];
    return [
      { value: me.id, label: t("assign.me", { name: me.name }), icon: <Avatar name={me.name} size={20} /> },
      ...(conversation.assigned_to ? [{ value: "", label: t("assign.nobody") }] : []),
      ...others.map((member) => ({
        value: member.user_id,
        label: member.name,
        hint: member.online ? t("assign.online") : undefined,
        icon: <Avatar name={member.name} size={20} />,
      })),
    ];
  }, [data, me, conversation.assigned_to, t]);
  return (
    <Picker
      {...rest}
      options={options}
      chosen={[conversation.assigned_to ?? ""]}
      onPick={(value) => onPick(value || null)}
      label={t("action.assign")}
      search={t("assign.search")}
      empty={t("assign.none")}
    />
  );
}

const PRIORITIES: Priority[] = ["urgent", "high", "medium", "low"];

export function PriorityPicker({
  conversation,
  onPick,
  ...rest
}: Common & { conversation: Conversation; onPick: (priority: Priority) => void }) {
  const { t } = useTranslation("inbox");
  return (
    <Picker
      {...rest}
      options={PRIORITIES.map((value) => ({
        value,
        label: t(`priority.${value}`),
        icon: <Flag size={14} className={classes.flag} data-priority={value} aria-hidden />,
      }))}
      chosen={[conversation.priority]}
      onPick={(value) => onPick(value as Priority)}
      label={t("action.priority")}
      width={180}
    />
  );
}

export function TagsPicker({
  conversation,
  onPick,
  ...rest
}: Common & { conversation: Conversation; onPick: (tag: string) => void }) {
  const { t } = useTranslation("inbox");
  const { data } = useTags();
  const client = useQueryClient();
  const mayCreate = useSession().role !== "agent";
  const create = async (name: string) => {
    try {
      const tag = await tags.create(name, "gray");
      client.setQueryData<Page<Tag>>(keys.tags, (page) => page && { ...page, items: upsert(page.items, tag, (item) => item.id) });
      onPick(tag.name);
    } catch (error) {
      sayProblem(t("changeFailed"), error);
    }
  };
  const options = useMemo<Option[]>(() => {
    const names = new Set([...(data?.items.map((tag) => tag.name) ?? []), ...conversation.tags]);
    const colors = new Map(data?.items.map((tag) => [tag.name, tag.color]));
    return [...names].map((name) => ({
      value: name,
      label: name,
      icon: <span className={classes.dot} data-color={colors.get(name) ?? "gray"} aria-hidden />,
    }));
  }, [data, conversation.tags]);
  return (
    <Picker
      {...rest}
      many
      options={options}
      chosen={conversation.tags}
      onPick={onPick}
      onCreate={mayCreate ? (name) => void create(name) : undefined}
      createLabel={(name) => t("tags.create", { name })}
      label={t("action.tags")}
      search={t("tags.search")}
      empty={t("tags.none")}
    />
  );
}

const HOUR = 3_600_000;

/** The next `weekday` (0…6; undefined: tomorrow) at nine in the morning, here. */
function morning(from: Date, weekday?: number): Date {
  const ahead = weekday === undefined ? 1 : (weekday - from.getDay() + 6) % 7 + 1;
  return new Date(from.getFullYear(), from.getMonth(), from.getDate() + ahead, 9);
}

export function SnoozePicker({ onPick, ...rest }: Common & { onPick: (until: string | null) => void }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const [custom, setCustom] = useState("");
  const times = useMemo(() => {
    if (!rest.opened) return {};
    const start = new Date(now());
    return { later: new Date(start.getTime() + 3 * HOUR), tomorrow: morning(start), monday: morning(start, 1) };
  }, [rest.opened]);
  const choose = (until: Date | null) => {
    onPick(until?.toISOString() ?? null);
    rest.onOpen(false);
  };
  return (
    <Picker
      {...rest}
      width={280}
      options={[
        ...(["later", "tomorrow", "monday"] as const).map((value) => ({
          value,
          label: t(`snooze.${value}`),
          hint: times[value] && dateTime(times[value].toISOString(), locale),
        })),
        { value: "answer", label: t("snooze.answer") },
      ]}
      chosen={[]}
      onPick={(value) => choose(times[value as keyof typeof times] ?? null)}
      label={t("action.snooze")}
      footer={
        <div className={classes.custom}>
          <input
            type="datetime-local"
            value={custom}
            onChange={(event) => setCustom(event.currentTarget.value)}
            aria-label={t("snooze.custom")}
          />
          <Button
            size="compact-sm"
            disabled={!custom || Date.parse(custom) <= now()}
            onClick={() => choose(new Date(custom))}
          >
            {t("snooze.set")}
          </Button>
        </div>
      }
    />
  );
}
