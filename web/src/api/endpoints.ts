import { headersOf, address, request } from "@/api/client";
import { Problem, problemOf } from "@/api/problem";
import type {
  AccountCheck,
  ApiKey,
  Attachment,
  ChannelAccount,
  Conversation,
  ConversationDetail,
  ConversationFilters,
  ConversationPatch,
  Counts,
  Customer,
  CustomerDetail,
  Delivery,
  Invitation,
  Json,
  Member,
  Message,
  MessagePage,
  MessageVersion,
  Page,
  Platform,
  QuarantinedEvent,
  Role,
  SendBody,
  Session,
  Tag,
  Workspace,
} from "@/api/types";

type Signal = { signal?: AbortSignal };

export const session = {
  current: () => request<Session>("GET", "/session", { quiet: true }),
  signIn: (email: string, password: string) =>
    request<Session>("POST", "/session", { body: { email, password }, quiet: true }),
  signOut: () => request<void>("DELETE", "/session", { quiet: true }),
  invitation: (token: string) => request<Invitation>("GET", "/session/token", { query: { token }, quiet: true }),
  accept: (token: string, password: string, name?: string) =>
    request<Session>("POST", "/session/token", { body: { token, password, name }, quiet: true }),
  updateMe: (change: { name?: string; locale?: string; settings?: Json }) =>
    request<Session["user"]>("PATCH", "/me", { body: change }),
  changePassword: (current: string, next: string) =>
    request<void>("POST", "/me/password", { body: { current, new: next } }),
};

export const conversations = {
  list: (filters: ConversationFilters, after: string | null, { signal }: Signal = {}) =>
    request<Page<Conversation>>("GET", "/conversations", { query: { ...filters, limit: 50, after }, signal }),
  counts: ({ signal }: Signal = {}) => request<Counts>("GET", "/conversations/counts", { signal }),
  detail: (id: string, { signal }: Signal = {}) =>
    request<ConversationDetail>("GET", `/conversations/${id}`, { signal }),
  change: (id: string, change: ConversationPatch) =>
    request<Conversation>("PATCH", `/conversations/${id}`, { body: change }),
  messages: (id: string, before: string | null, { signal }: Signal = {}) =>
    request<MessagePage>("GET", `/conversations/${id}/messages`, { query: { limit: 50, before }, signal }),
  send: (id: string, body: SendBody, idempotencyKey: string) =>
    request<{ messages: Message[] }>("POST", `/conversations/${id}/messages`, { body, idempotencyKey }),
  addNote: (id: string, content: string, idempotencyKey: string) =>
    request<Message>("POST", `/conversations/${id}/notes`, { body: { content }, idempotencyKey }),
  markRead: (id: string, arrival: number) =>
    request<void>("POST", `/conversations/${id}/read`, { body: { arrival } }),
  markUnread: (id: string) => request<void>("POST", `/conversations/${id}/unread`, { body: {} }),
  typing: (id: string) => request<void>("POST", `/conversations/${id}/typing`, { body: {} }),
};

export const messages = {
  remove: (id: string) => request<void>("DELETE", `/messages/${id}`),
  versions: (id: string) => request<Page<MessageVersion> | MessageVersion[]>("GET", `/messages/${id}/versions`),
  cancel: (id: string) => request<Message>("POST", `/messages/${id}/cancel`, { body: {} }),
  resend: (id: string, confirmDouble: boolean) =>
    request<Message>("POST", `/messages/${id}/resend`, { body: confirmDouble ? { confirm_double: true } : {} }),
  confirm: (id: string) => request<Message>("POST", `/messages/${id}/confirm`, { body: {} }),
  act: (id: string, ability: string, text?: string) =>
    request<Message>("POST", `/messages/${id}/actions`, { body: { ability, text } }),
};

export const customers = {
  list: (q: string, after: string | null, { signal }: Signal = {}) =>
    request<Page<Customer>>("GET", "/customers", { query: { q, limit: 50, after }, signal }),
  detail: (id: string, { signal }: Signal = {}) => request<CustomerDetail>("GET", `/customers/${id}`, { signal }),
  change: (id: string, change: Partial<Pick<Customer, "name" | "notes" | "language">>) =>
    request<Customer>("PATCH", `/customers/${id}`, { body: change }),
};

export const workspace = {
  current: () => request<Workspace>("GET", "/workspace"),
  change: (change: { name?: string; settings?: Json }) => request<Workspace>("PATCH", "/workspace", { body: change }),
};

export const members = {
  list: () => request<Page<Member>>("GET", "/members", { query: { limit: 200 } }),
  invite: (email: string, name: string, role: Role) =>
    request<{ member: Member; invite_url: string }>("POST", "/members", {
      body: { email, name, role },
      idempotencyKey: crypto.randomUUID(),
    }),
  change: (id: string, role: Role) => request<Member>("PATCH", `/members/${id}`, { body: { role } }),
  remove: (id: string) => request<void>("DELETE", `/members/${id}`),
};

export const accounts = {
  platforms: () => request<Platform[] | Page<Platform>>("GET", "/platforms"),
  list: () => request<Page<ChannelAccount>>("GET", "/accounts", { query: { limit: 200 } }),
  detail: (id: string) => request<ChannelAccount>("GET", `/accounts/${id}`),
  connect: (platform: string, values: Record<string, string>) =>
    request<ChannelAccount>("POST", "/accounts", {
      body: { platform, values },
      idempotencyKey: crypto.randomUUID(),
    }),
  change: (id: string, change: { name?: string; values?: Record<string, string>; status?: "paused" | "connected" }) =>
    request<ChannelAccount>("PATCH", `/accounts/${id}`, { body: change }),
  disconnect: (id: string) => request<void>("DELETE", `/accounts/${id}`),
  check: (id: string) => request<AccountCheck>("POST", `/accounts/${id}/check`, { body: {} }),
  importHistory: (id: string) => request<unknown>("POST", `/accounts/${id}/import`, { body: {} }),
};

export const tags = {
  list: () => request<Page<Tag>>("GET", "/tags", { query: { limit: 200 } }),
  create: (name: string, color: string) => request<Tag>("POST", "/tags", { body: { name, color } }),
  change: (id: string, change: { name?: string; color?: string }) =>
    request<Tag>("PATCH", `/tags/${id}`, { body: change }),
  remove: (id: string) => request<void>("DELETE", `/tags/${id}`),
};

export const quarantine = {
  list: (filters: { reason?: string; account?: string }, after: string | null) =>
    request<Page<QuarantinedEvent>>("GET", "/quarantine", { query: { ...filters, limit: 50, after } }),
  replay: (id: string) => request<unknown>("POST", `/quarantine/${id}/replay`, { body: {} }),
  replayAll: () => request<unknown>("POST", "/quarantine/replay", { body: {} }),
  ignored: () => request<Record<string, number> | Page<{ reason: string; count: number }>>("GET", "/events/ignored"),
};

export const deliveries = {
  list: (filters: { state?: string; account?: string; conversation?: string }, after: string | null) =>
    request<Page<Delivery>>("GET", "/deliveries", { query: { ...filters, limit: 50, after } }),
};

export const apiKeys = {
  list: () => request<Page<ApiKey>>("GET", "/api-keys", { query: { limit: 200 } }),
  create: (name: string, scopes: string[]) =>
    request<ApiKey & { token: string }>("POST", "/api-keys", { body: { name, scopes } }),
  revoke: (id: string) => request<void>("DELETE", `/api-keys/${id}`),
};

/** Uploads one file; `onProgress` gets 0…1. `abort` of the signal stops it. */
export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    // fetch cannot report the progress of a body that it sends.
    const call = new XMLHttpRequest();
    call.open("POST", address("/uploads"));
    for (const [name, value] of Object.entries(headersOf("POST"))) call.setRequestHeader(name, value);
    call.responseType = "json";
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    call.addEventListener("load", () => {
      if (call.status >= 200 && call.status < 300) resolve(call.response as Attachment);
      else reject(problemOf(call.status, call.response, call.getResponseHeader("X-Request-Id")));
    });
    call.addEventListener("error", () => reject(new Problem(0, "no_answer", "")));
    call.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
    signal.addEventListener("abort", () => call.abort());
    const form = new FormData();
    form.append("file", file);
    call.send(form);
  });
}
