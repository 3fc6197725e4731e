import type { Rule, RuleAction, RuleCondition, RuleDraft, RuleEvent, RuleField, RuleGroup, RuleTemplate, Vocabulary } from "@/api/rules";

export type Item = RuleGroup | RuleCondition;
export type Value = RuleCondition["value"];

export const EVENTS: RuleEvent[] = [
  "conversation_created",
  "message_received",
  "message_sent",
  "status_changed",
  "assigned",
  "sla_warning",
  "sla_breach",
  "no_answer",
  "customer_silent",
  "customer_changed",
  "moderated",
];
export const TIMED: RuleEvent[] = ["no_answer", "customer_silent"];
/** Every action there is, in the order in which they are offered: leaving one out is a type error. */
const OFFERED: Record<RuleAction["type"], true> = {
  assign: true,
  assign_team: true,
  set_status: true,
  set_priority: true,
  add_tags: true,
  remove_tags: true,
  set_sla_policy: true,
  reply: true,
  add_note: true,
  notify: true,
  moderate: true,
  snooze: true,
  webhook: true,
  close: true,
  stop: true,
};
export const ACTIONS = Object.keys(OFFERED) as RuleAction["type"][];
const WITHOUT_VALUE = ["is_known", "is_unknown", "is_empty"];
const SINGLE = ["is", "is_not", "matches", "matches_not", "at_least", "at_most", "open", "closed"];

export const UNITS = { minutes: 60, hours: 3600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;

/** The largest unit in which so many seconds are a whole number. */
export function unitOf(seconds: number): Unit {
  if (seconds > 0 && seconds % UNITS.days === 0) return "days";
  return seconds > 0 && seconds % UNITS.hours === 0 ? "hours" : "minutes";
}

export function emptyGroup(): RuleGroup {
  return { type: "group", match: "all", items: [] };
}

export function newDraft(): RuleDraft {
  return { name: "", event: "message_received", conditions: emptyGroup(), actions: [newAction("set_priority")], after_s: null, enabled: true, stop: false };
}

export function draftOf(rule: Rule): RuleDraft {
  const { name, event, conditions, actions, after_s, enabled, stop } = rule;
  return { name, event, conditions, actions, after_s, enabled, stop };
}

export function draftOfTemplate(template: RuleTemplate): RuleDraft {
  const actions = template.actions.map((action) => (action.type === "assign_team" ? { ...action, team_id: "" } : action)) as RuleAction[];
  return { name: template.name, event: template.event, conditions: template.conditions, actions, after_s: template.after_s, enabled: false, stop: template.stop };
}

/** The draft with another event, and with a time where that needs one. */
export function withEvent(draft: RuleDraft, event: RuleEvent): RuleDraft {
  return { ...draft, event, after_s: TIMED.includes(event) ? (draft.after_s ?? UNITS.hours) : null };
}

export function wantsValue(operator: string): boolean {
  return !WITHOUT_VALUE.includes(operator);
}

export function wantsMany(operator: string): boolean {
  return wantsValue(operator) && !SINGLE.includes(operator);
}

/** What a condition begins with, or goes on with when its field or operator becomes another one. */
export function newCondition(vocabulary: Vocabulary, name: string, operator?: string, before?: Value): RuleCondition {
  const field = vocabulary.fields.find((each) => each.name === name) as RuleField;
  const operators = vocabulary.operators[field.kind] ?? [];
  const chosen = operator && operators.includes(operator) ? operator : (operators[0] ?? "is");
  return { type: "condition", field: name, operator: chosen, value: firstValue(field, chosen, before) };
}

function firstValue(field: RuleField, operator: string, before: Value | undefined): Value {
  if (!wantsValue(operator)) return null;
  if (field.kind === "flag") return typeof before === "boolean" ? before : true;
  if (field.kind === "number") return typeof before === "number" ? before : 1;
  if (field.kind === "duration") return typeof before === "number" ? before : UNITS.hours;
  if (wantsMany(operator)) return Array.isArray(before) ? before : typeof before === "string" && before ? [before] : [];
  const first = Array.isArray(before) ? before[0] : before;
  return typeof first === "string" ? first : (field.choices[0] ?? "");
}

export function newAction(type: RuleAction["type"]): RuleAction {
  switch (type) {
    case "assign":
      return { type, agent_id: null };
    case "assign_team":
      return { type, team_id: "" };
    case "set_status":
      return { type, status: "resolved" };
    case "set_priority":
      return { type, priority: "high" };
    case "add_tags":
    case "remove_tags":
      return { type, tags: [] };
    case "set_sla_policy":
      return { type, policy_id: null };
    case "add_note":
      return { type, text: "" };
    case "reply":
      return { type, texts: { en: "", de: "" }, language: "en", every_minutes: 60 };
    case "moderate":
      return { type, ability: "hide" };
    case "notify":
      return { type, to: "supervisors", text: "", people: [] };
    case "snooze":
      return { type, minutes: 60 };
    case "webhook":
      return { type, url: "", secret: null };
    default:
      return { type };
  }
}

/** Replies without the languages that have no text. What is missing altogether the server says. */
export function tidied(draft: RuleDraft): RuleDraft {
  const actions = draft.actions.map((action) => {
    if (action.type !== "reply") return action;
    const texts = Object.fromEntries(Object.entries(action.texts).filter(([, text]) => text.trim()));
    const language = texts[action.language] === undefined ? (Object.keys(texts)[0] ?? action.language) : action.language;
    return { ...action, texts, language };
  });
  return { ...draft, name: draft.name.trim(), actions };
}

export function replaced<T>(items: readonly T[], at: number, by: T): T[] {
  return items.map((item, index) => (index === at ? by : item));
}

export function without<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, index) => index !== at);
}

/** The list with one item a place further up (-1) or down (1). */
export function moved<T>(items: readonly T[], at: number, by: -1 | 1): T[] {
  const result = [...items];
  const [item] = result.splice(at, 1);
  if (item !== undefined) result.splice(Math.max(0, Math.min(items.length - 1, at + by)), 0, item);
  return result;
}
