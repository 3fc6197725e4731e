import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { client, content } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import type { Page } from "@/api/types";
import type { Condition } from "@/features/settings/sla/api";
import { isNegative } from "@/features/settings/sla/sentences";
import { languageName } from "@/lib/time";
import { useAccounts, usePlatforms, useTags } from "@/live/queries";
import { useLocale } from "@/ui/i18n";

export const FIELDS: readonly Condition["field"][] = ["source", "priority", "account", "platform", "tag", "language", "team", "vip"];
export const PRIORITIES = ["urgent", "high", "medium", "low"] as const;
export const SOURCES = ["dm", "comment", "mention", "review"] as const;
const LANGUAGES = ["ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "uk", "vi", "zh"];

type Choices = Record<Condition["field"], { value: string; label: string }[]>;

/** What each field can be, with names. */
export function useConditionChoices(): Choices {
  const { t } = useTranslation(["sla", "inbox"]);
  const locale = useLocale();
  const { data: accounts } = useAccounts();
  const { data: platforms } = usePlatforms();
  const { data: tags } = useTags();
  const { data: teams } = useQuery({
    queryKey: keys.teams,
    queryFn: () => content<Page<components["schemas"]["Team"]>>(client.GET("/api/v1/teams")),
  });
  return useMemo(
    () => ({
      source: SOURCES.map((value) => ({ value, label: t(`inbox:source.${value}`) })),
      priority: PRIORITIES.map((value) => ({ value, label: t(`inbox:priority.${value}`) })),
      account: accounts?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [],
      platform: platforms?.map(({ platform: key, name }) => ({ value: key, label: name })) ?? [],
      tag: tags?.items.map(({ name }) => ({ value: name, label: name })) ?? [],
      language: LANGUAGES.map((value) => ({ value, label: languageName(value, locale) })).toSorted((a, b) => a.label.localeCompare(b.label, locale)),
      team: teams?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [],
      vip: [
        { value: "true", label: t("condition.yes") },
        { value: "false", label: t("condition.no") },
      ],
    }),
    [t, locale, accounts, platforms, tags, teams],
  );
}

/** A condition as a part of a sentence. */
export function useSayCondition(): (condition: Condition) => string {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const choices = useConditionChoices();
  return ({ field, operator, values }) => {
    if (field === "vip") return t((values[0] === "true") === !isNegative(operator) ? "condition.isVip" : "condition.notVip");
    const names = values.map((value) => choices[field].find((each) => each.value === value)?.label ?? value);
    const said = new Intl.ListFormat(locale, { type: "disjunction" }).format(names);
    return t(isNegative(operator) ? "condition.saidNot" : "condition.said", { field: t(`field.${field}`), values: said });
  };
}
