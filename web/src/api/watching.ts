import { client, content } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
type Signal = { signal?: AbortSignal };

/** How a connection is, line by line, and what its calls use up. */
export type HealthLine = Omit<Schemas["HealthLine"], "values"> & { values?: Record<string, unknown> };
export type AccountHealth = Omit<Schemas["AccountHealth"], "lines"> & { lines: HealthLine[] };
export type AccountUsage = Schemas["AccountUsage"];
export type UsageRow = Schemas["UsageRow"];

export const watchingKeys = {
  health: (account: string) => ["account-health", account] as const,
  usage: (account: string) => ["account-usage", account] as const,
};

export const watching = {
  health: (id: string, { signal }: Signal = {}) =>
    content<AccountHealth>(client.GET("/api/v1/accounts/{account_id}/health", { params: { path: { account_id: id } }, signal })),
  usage: (id: string, { signal }: Signal = {}) =>
    content<AccountUsage>(client.GET("/api/v1/accounts/{account_id}/usage", { params: { path: { account_id: id } }, signal })),
};
