import type { PolicyDraft, RoutingPolicy } from "@/api/types";

export type Draft = Required<PolicyDraft>;
export type Step = Draft["routing_steps"][number];

/** What a new policy begins with. */
export function newDraft(): Draft {
  return {
    name: "",
    strategy: "load_balanced",
    account_id: null,
    team_id: null,
    enabled: true,
    on_offline: "stay",
    sticky: true,
    sticky_wait_s: null,
    fair_limit: null,
    fair_window_s: 3600,
    language_level: 1,
    excluded_tags: [],
    exclude_older_than_s: null,
    routing_steps: [],
  };
}

export function draftOf({ id: _id, created_at: _created, updated_at: _updated, ...draft }: RoutingPolicy): Draft {
  return draft as Draft;
}

/** Minutes, hours or days as text in a field, and back to seconds; empty is none. */
export function toSeconds(text: string, unit: number): number | null {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) || value <= 0 ? null : Math.round(value * unit);
}

export function fromSeconds(seconds: number | null, unit: number): string {
  return seconds === null ? "" : String(Math.round((seconds / unit) * 100) / 100);
}

export type StepKind = "any_team" | "any_language" | "no_skills" | `team:${string}`;

/** A step as the one thing that the form lets it change. */
export function kindOf(step: Step): StepKind {
  if (step.team_id) return `team:${step.team_id}`;
  if (step.any_team) return "any_team";
  return step.any_language ? "any_language" : "no_skills";
}

export function stepOf(kind: StepKind, after_s: number): Step {
  const step: Step = { after_s, skills: null, team_id: null, any_team: kind === "any_team", any_language: kind === "any_language" };
  if (kind === "no_skills") return { ...step, skills: {} };
  return kind.startsWith("team:") ? { ...step, team_id: kind.slice(5) } : step;
}
