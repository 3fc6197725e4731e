import type { ConversationFilters } from "@/api/types";

/** Names of everything in the Query cache; the live reducer finds it by these. */
export const keys = {
  session: ["session"] as const,
  conversations: (filters: ConversationFilters) => ["conversations", filters] as const,
  counts: ["counts"] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
  templates: (account: string) => ["templates", account] as const,
  versions: (id: string) => ["versions", id] as const,
  customers: (q: string) => ["customers", q] as const,
  customer: (id: string) => ["customer", id] as const,
  workspace: ["workspace"] as const,
  members: ["members"] as const,
  platforms: ["platforms"] as const,
  accounts: ["accounts"] as const,
  authorization: (id: string) => ["authorization", id] as const,
  webhook: (account: string) => ["webhook", account] as const,
  tags: ["tags"] as const,
  quarantine: (filters: object) => ["quarantine", filters] as const,
  ignored: ["ignored"] as const,
  deliveries: (filters: object) => ["deliveries", filters] as const,
  apiKeys: ["api-keys"] as const,
};
