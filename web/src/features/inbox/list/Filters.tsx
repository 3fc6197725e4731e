import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Source, Status } from "@/api/types";
import classes from "@/features/inbox/list/Filters.module.css";
import { usePlace } from "@/features/inbox/place";
import { addedFilters, type FilterName } from "@/lib/filters";
import { useAccounts, useMembers, useTags } from "@/live/queries";
import { X } from "@/ui/icons";

const STATUSES: Status[] = ["open", "pending", "resolved", "closed"];
const SOURCES: Source[] = ["dm", "comment", "mention", "review"];
const PRIORITIES = ["urgent", "high", "medium", "low"] as const;

type Choice = [value: string, label: string];

/** The values that each filter offers, with their names. */
function useChoices(): Record<Exclude<FilterName, "q" | "unread" | "sort">, Choice[]> {
  const { t } = useTranslation("inbox");
  const { data: members } = useMembers();
  const { data: accounts } = useAccounts();
  const { data: tags } = useTags();
  const platforms = [...new Set(accounts?.items.map((account) => account.platform))];
  return {
    status: [["any", t("filter.anyStatus")], ...STATUSES.map((status): Choice => [status, t(`status.${status}`)])],
    assignee: [
      ["any", t("filter.anyone")],
      ["me", t("filter.me")],
      ["none", t("filter.nobody")],
      ...(members?.items.map((member): Choice => [member.user_id, member.name]) ?? []),
    ],
    account: accounts?.items.map((account): Choice => [account.id, account.name]) ?? [],
    platform: platforms.map((platform): Choice => [platform, platform.charAt(0).toUpperCase() + platform.slice(1)]),
    source: SOURCES.map((source): Choice => [source, t(`source.${source}`)]),
    priority: PRIORITIES.map((priority): Choice => [priority, t(`priority.${priority}`)]),
    tag: tags?.items.map((tag): Choice => [tag.name, tag.name]) ?? [],
  };
}

export function FilterForm() {
  const { t } = useTranslation("inbox");
  const { search, setSearch } = usePlace();
  const choices = useChoices();
  return (
    <div className={classes.form}>
      {(Object.keys(choices) as (keyof typeof choices)[]).map((name) => (
        <label key={name}>
          <span>{t(`filter.${name}`)}</span>
          <select
            value={String(search[name] ?? "")}
            onChange={(event) => setSearch({ [name]: event.currentTarget.value || undefined })}
          >
            <option value="">{t("filter.asView")}</option>
            {choices[name].map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      ))}
      <label className={classes.check}>
        <input
          type="checkbox"
          checked={search.unread === true}
          onChange={(event) => setSearch({ unread: event.currentTarget.checked || undefined })}
        />
        <span>{t("filter.unread")}</span>
      </label>
    </div>
  );
}

export function FilterChips() {
  const { t } = useTranslation("inbox");
  const { search, setSearch } = usePlace();
  const choices = useChoices();
  const added = addedFilters(search);
  const nameOf = (name: FilterName): string => {
    if (name === "unread") return t("filter.unread");
    const value = String(search[name]);
    if (name === "q") return t("filter.text", { text: value });
    const label = name === "sort" ? value : (choices[name].find(([choice]) => choice === value)?.[1] ?? value);
    return `${t(`filter.${name as "tag"}`)}: ${label}`;
  };
  return (
    <div className={classes.chips}>
      {added.map((name) => (
        <button
          key={name}
          type="button"
          className={classes.chip}
          onClick={() => setSearch({ [name]: undefined })}
          aria-label={t("filter.remove", { name: nameOf(name) })}
        >
          <span className="truncate">{nameOf(name)}</span>
          <X size={12} aria-hidden />
        </button>
      ))}
      {added.length > 1 && (
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => setSearch(Object.fromEntries(added.map((name) => [name, undefined])))}
        >
          {t("filter.clear")}
        </Button>
      )}
    </div>
  );
}
