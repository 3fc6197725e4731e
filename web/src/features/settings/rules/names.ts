import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, content } from "@/api/client";
import { rules } from "@/api/rules";
import type { RuleField } from "@/api/rules";
import { useAccounts, useMembers, usePlatforms, useTags } from "@/live/queries";
import { useTeams } from "@/live/routing";

export interface Option {
  value: string;
  label: string;
}

interface Named {
  items: { id: string; name: string }[];
}

export type Referred = NonNullable<RuleField["refers_to"]> | "policy";
export type Choices = Record<Referred, Option[]>;

export function useVocabulary() {
  return useQuery({ queryKey: ["rule-vocabulary"], queryFn: rules.vocabulary, staleTime: Number.POSITIVE_INFINITY });
}

function useNamed(key: string, load: () => Promise<Named>): Option[] {
  const { data } = useQuery({ queryKey: ["rule-names", key], queryFn: load });
  return optionsOf(data?.items);
}

function optionsOf(items: { id: string; name: string }[] | undefined): Option[] {
  return (items ?? []).map((each) => ({ value: each.id, label: each.name }));
}

/** What conditions and actions may refer to, by name. */
export function useChoices(): Choices {
  const { data: members } = useMembers();
  const { data: platforms } = usePlatforms();
  return {
    account: optionsOf(useAccounts().data?.items),
    agent: (members?.items ?? []).filter((each) => !each.removed_at).map((each) => ({ value: each.user_id, label: each.name })),
    team: optionsOf(useTeams().data?.items),
    tag: (useTags().data?.items ?? []).map((each) => ({ value: each.name, label: each.name })),
    platform: (platforms ?? []).map((each) => ({ value: each.platform, label: each.name })),
    calendar: useNamed("calendars", () => content<Named>(client.GET("/api/v1/calendars"))),
    policy: useNamed("policies", () => content<Named>(client.GET("/api/v1/sla-policies"))),
  };
}

/** The choices of a field: its own words, translated, or what the workspace has. Null: any text. */
export function useOptions(): (field: RuleField, choices: Choices) => Option[] | null {
  const { t } = useTranslation("rules");
  return (field, choices) => {
    if (field.choices.length > 0) return field.choices.map((each) => ({ value: each, label: t(`word.${each}` as "word.open", { defaultValue: each }) }));
    return field.refers_to ? choices[field.refers_to] : null;
  };
}
