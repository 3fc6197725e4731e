import { client, content } from "@/api/client";
import type { components } from "@/api/schema";
import type { Page } from "@/api/types";

type Schemas = components["schemas"];

export type Rule = Schemas["Rule"];
export type RuleDraft = Schemas["RuleDraft"];
export type RuleGroup = Schemas["RuleGroup"];
export type RuleCondition = Schemas["RuleCondition"];
export type RuleAction = RuleDraft["actions"][number];
export type RuleEvent = RuleDraft["event"];
export type RuleField = Schemas["RuleField"];
export type RuleRun = Schemas["RuleRun"];
export type RuleTrial = Schemas["RuleTrial"];
export type RuleTemplate = Schemas["RuleTemplate"];
export type RuleWarning = Schemas["RuleWarning"];
export type Judgement = Schemas["Judgement"];
export type DryRun = Schemas["DryRun"];
export type Vocabulary = Schemas["Vocabulary"];

const once = () => ({ "Idempotency-Key": crypto.randomUUID() });
const ruleOf = (id: string) => ({ path: { rule_id: id } });

export const rules = {
  list: () => content<{ items: Rule[] }>(client.GET("/api/v1/rules")),
  vocabulary: () => content<Vocabulary>(client.GET("/api/v1/rules/vocabulary")),
  templates: (locale: "en" | "de") =>
    content<{ items: RuleTemplate[] }>(client.GET("/api/v1/rules/templates", { params: { query: { locale } } })),
  create: (body: RuleDraft) => content<Rule>(client.POST("/api/v1/rules", { params: { header: once() }, body })),
  change: (id: string, body: RuleDraft) => content<Rule>(client.PUT("/api/v1/rules/{rule_id}", { params: ruleOf(id), body })),
  enable: (id: string, enabled: boolean) =>
    content<Rule>(client.PATCH("/api/v1/rules/{rule_id}", { params: ruleOf(id), body: { enabled } })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/rules/{rule_id}", { params: ruleOf(id) })),
  order: (ids: string[]) => content<{ items: Rule[] }>(client.PUT("/api/v1/rules/order", { body: { ids } })),
  check: (rule: RuleDraft, id: string | null) =>
    content<{ warnings: RuleWarning[] }>(client.POST("/api/v1/rules/check", { body: { rule, id } })),
  test: (rule: RuleDraft, conversation_id: string, id: string | null) =>
    content<RuleTrial>(client.POST("/api/v1/rules/test", { body: { rule, conversation_id, id } })),
  dryRun: (rule: RuleDraft, days: number, after: string | null, id: string | null) =>
    content<DryRun>(client.POST("/api/v1/rules/dry-run", { body: { rule, days, after, id } })),
  runs: (id: string, after?: string) =>
    content<Page<RuleRun>>(client.GET("/api/v1/rules/{rule_id}/runs", { params: { ...ruleOf(id), query: { after, limit: 25 } } })),
};
