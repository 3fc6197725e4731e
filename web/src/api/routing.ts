import { client, content } from "@/api/client";
import type {
  Agent,
  AgentPatch,
  AgentStatus,
  Conversation,
  Page,
  PolicyDraft,
  PolicyWarned,
  Priority,
  QueueView,
  Replay,
  RoutingPolicy,
  Skill,
  Team,
} from "@/api/types";

const WHOLE = { limit: 200 };
const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

export const agents = {
  list: () => content<Page<Agent>>(client.GET("/api/v1/agents", { params: { query: WHOLE } })),
  change: (id: string, body: AgentPatch) =>
    content<Agent>(client.PATCH("/api/v1/agents/{user_id}", { params: { path: { user_id: id } }, body })),
  setStatus: (id: string, status: AgentStatus) =>
    content<Agent>(client.POST("/api/v1/agents/{user_id}/status", { params: { path: { user_id: id } }, body: { status } })),
  setMine: (status: AgentStatus) => content<Agent>(client.POST("/api/v1/me/status", { body: { status } })),
};

const teamPath = (id: string) => ({ path: { team_id: id } });

export const teams = {
  list: () => content<Page<Team>>(client.GET("/api/v1/teams", { params: { query: WHOLE } })),
  create: (body: { name: string; description: string; member_ids: string[] }) =>
    content<Team>(client.POST("/api/v1/teams", { params: { header: once() }, body })),
  change: (id: string, body: { name: string; description: string; member_ids: string[] }) =>
    content<Team>(client.PATCH("/api/v1/teams/{team_id}", { params: teamPath(id), body })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/teams/{team_id}", { params: teamPath(id) })),
};

export const skills = {
  list: () => content<Page<Skill>>(client.GET("/api/v1/skills", { params: { query: WHOLE } })),
  create: (name: string) => content<Skill>(client.POST("/api/v1/skills", { params: { header: once() }, body: { name } })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/skills/{skill_id}", { params: { path: { skill_id: id } } })),
};

const policyPath = (id: string) => ({ path: { policy_id: id } });

export const policies = {
  list: () => content<Page<RoutingPolicy>>(client.GET("/api/v1/routing/policies")),
  create: (body: PolicyDraft) => content<PolicyWarned>(client.POST("/api/v1/routing/policies", { body })),
  replace: (id: string, body: PolicyDraft) =>
    content<PolicyWarned>(client.PUT("/api/v1/routing/policies/{policy_id}", { params: policyPath(id), body })),
  tryOut: (policy: PolicyDraft, policy_id: string | null, days: number) =>
    content<Replay>(client.POST("/api/v1/routing/policies/dry-run", { body: { policy, policy_id, days } })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/routing/policies/{policy_id}", { params: policyPath(id) })),
};

export const queue = {
  look: () => content<QueueView>(client.GET("/api/v1/queue")),
};

const casePath = (id: string) => ({ path: { conversation_id: id } });

export const handing = {
  transfer: (id: string, team_id: string | null, note: string) =>
    content<Conversation>(client.POST("/api/v1/conversations/{conversation_id}/transfer", { params: casePath(id), body: { team_id, note } })),
  escalate: (id: string, priority: Priority | null, team_id: string | null, note: string) =>
    content<Conversation>(
      client.POST("/api/v1/conversations/{conversation_id}/escalate", { params: casePath(id), body: { priority, team_id, note } }),
    ),
  handOver: (id: string, to: "people" | "bot", note: string) =>
    content<Conversation>(client.POST("/api/v1/conversations/{conversation_id}/hand-over", { params: casePath(id), body: { to, note } })),
  setLanguage: (id: string, language: string | null) =>
    content<Conversation>(client.PUT("/api/v1/conversations/{conversation_id}/language", { params: casePath(id), body: { language } })),
};
