import { useTranslation } from "react-i18next";
import type { Judgement, RuleAction, RuleDraft, Vocabulary } from "@/api/rules";
import { UNITS, unitOf, type Item } from "@/features/settings/rules/draft";
import { useOptions, type Choices, type Option } from "@/features/settings/rules/names";

const LONGEST = 4;

/** Rules in words: the event, each condition, each action. */
export function useSaying(vocabulary: Vocabulary | undefined, choices: Choices) {
  const { t } = useTranslation(["rules", "common"]);
  const optionsOf = useOptions();
  const named = (options: Option[] | null, value: unknown) => options?.find((each) => each.value === value)?.label ?? (value === "" || value === null ? "…" : String(value));
  const span = (seconds: number) => t(`span.${unitOf(seconds)}`, { count: Math.round(seconds / UNITS[unitOf(seconds)]) });

  const value = (name: string, given: unknown): string => {
    const field = vocabulary?.fields.find((each) => each.name === name);
    if (given === null || given === undefined) return "";
    if (typeof given === "boolean") return t(given ? "yes" : "no");
    if (typeof given === "number") return field?.kind === "duration" ? span(given) : String(given);
    const options = field ? optionsOf(field, choices) : null;
    const words = Array.isArray(given) ? given : [given];
    const shown = words.slice(0, LONGEST).map((each) => named(options, each));
    const quoted = options ? shown : shown.map((each) => `“${each}”`);
    return quoted.join(", ") + (words.length > LONGEST ? ` ${t("more", { count: words.length - LONGEST })}` : "");
  };

  const condition = (item: { field?: string | null; operator?: string | null; value?: unknown }): string =>
    [t(`field.${item.field ?? ""}` as "field.text"), t(`operator.${item.operator ?? ""}` as "operator.is"), value(item.field ?? "", item.value)].filter(Boolean).join(" ");

  const conditions = (item: Item): string => {
    if (item.type !== "group") return condition(item);
    const inner = (item.items ?? []).map((each) => (each.type === "group" ? `(${conditions(each)})` : conditions(each)));
    if (inner.length === 0) return t("always");
    if (item.match === "none") return t("noneOf", { what: inner.join(` ${t("or")} `) });
    return inner.join(` ${t(item.match === "any" ? "or" : "and")} `);
  };

  const action = (given: RuleAction): string => {
    switch (given.type) {
      case "assign":
        return given.agent_id === null ? t("do.unassign") : t("do.assign", { who: named(choices.agent, given.agent_id) });
      case "assign_team":
        return t("do.assign_team", { team: named(choices.team, given.team_id) });
      case "set_status":
        return t("do.set_status", { status: t(`word.${given.status}`) });
      case "set_priority":
        return t("do.set_priority", { priority: t(`word.${given.priority}`) });
      case "add_tags":
        return t("do.add_tags", { tags: given.tags.join(", ") });
      case "remove_tags":
        return t("do.remove_tags", { tags: given.tags.join(", ") });
      case "set_sla_policy":
        return given.policy_id === null ? t("do.free_sla_policy") : t("do.set_sla_policy", { policy: named(choices.policy, given.policy_id) });
      case "add_note":
        return t("do.add_note", { text: short(given.text) });
      case "reply":
        return t("do.reply", { text: short(given.texts[given.language] ?? "") });
      case "moderate":
        return t(`do.${given.ability}`);
      case "notify":
        return t(`do.notify_${given.to}`);
      case "snooze":
        return t("do.snooze", { span: span(given.minutes * 60) });
      case "webhook":
        return t("do.webhook", { host: hostOf(given.url) });
      default:
        return t(`do.${given.type}`);
    }
  };

  const event = (draft: Pick<RuleDraft, "event" | "after_s">): string => t(`when.${draft.event}`, { span: span(draft.after_s ?? 0) });
  const asked = (judgement: Judgement): string => condition(judgement);
  return { event, conditions, action, asked, value, span };
}

export type Saying = ReturnType<typeof useSaying>;

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 58)}…` : text;
}

function hostOf(url: string): string {
  return /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? "…";
}
