import { client, content } from "@/api/client";
import type {
  AccountCheck,
  ApiKey,
  AuthorizationState,
  ChannelAccount,
  Conversation,
  ConversationDetail,
  ConversationFilters,
  ConversationPatch,
  Counts,
  Customer,
  CustomerDetail,
  Delivery,
  DeliveryState,
  Invitation,
  Json,
  Member,
  Message,
  MessageAbility,
  MessagePage,
  MessageVersion,
  Page,
  Platform,
  QuarantinedEvent,
  Role,
  SendBody,
  Session,
  Tag,
  TemplateList,
  WebhookSetup,
  Workspace,
} from "@/api/types";

type Signal = { signal?: AbortSignal };

const PAGE = 50;
/** Short lists that the page always has whole. */
const WHOLE = { limit: 200 };
const QUIET = { quiet: true };

const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

export const session = {
  current: () => content<Session>(client.GET("/api/v1/session"), QUIET),
  signIn: (email: string, password: string) =>
    content<Session>(client.POST("/api/v1/session", { body: { email, password } }), QUIET),
  signOut: () => content<void>(client.DELETE("/api/v1/session"), QUIET),
  invitation: (token: string) =>
    content<Invitation>(client.GET("/api/v1/session/token", { params: { query: { token } } }), QUIET),
  accept: (token: string, password: string, name?: string) =>
    content<Session>(client.POST("/api/v1/session/token", { body: { token, password, name: name ?? null } }), QUIET),
  updateMe: (change: { name?: string; locale?: string; settings?: Json }) =>
    content<Session["user"]>(client.PATCH("/api/v1/me", { body: change })),
  changePassword: (current: string, next: string) =>
    content<void>(client.POST("/api/v1/me/password", { body: { current, new: next } })),
};

const conversationPath = (id: string) => ({ path: { conversation_id: id } });

export const conversations = {
  list: (filters: ConversationFilters, after: string | null, { signal }: Signal = {}) =>
    content<Page<Conversation>>(
      client.GET("/api/v1/conversations", { params: { query: { ...filters, limit: PAGE, after: after ?? undefined } }, signal }),
    ),
  counts: ({ signal }: Signal = {}) => content<Counts>(client.GET("/api/v1/conversations/counts", { signal })),
  detail: (id: string, { signal }: Signal = {}) =>
    content<ConversationDetail>(
      client.GET("/api/v1/conversations/{conversation_id}", { params: conversationPath(id), signal }),
    ),
  change: (id: string, change: ConversationPatch) =>
    content<Conversation>(
      client.PATCH("/api/v1/conversations/{conversation_id}", { params: conversationPath(id), body: change }),
    ),
  messages: (id: string, before: string | null, { signal }: Signal = {}) =>
    content<MessagePage>(
      client.GET("/api/v1/conversations/{conversation_id}/messages", {
        params: { ...conversationPath(id), query: { limit: PAGE, before: before ?? undefined } },
        signal,
      }),
    ),
  send: (id: string, { attachments = [], alt_texts = {}, ...body }: SendBody, idempotencyKey: string) =>
    content<{ messages: Message[] }>(
      client.POST("/api/v1/conversations/{conversation_id}/messages", {
        params: { ...conversationPath(id), header: { "Idempotency-Key": idempotencyKey } },
        body: { ...body, attachments, alt_texts } as Required<SendBody>,
      }),
    ),
  addNote: (id: string, text: string, idempotencyKey: string) =>
    content<Message>(
      client.POST("/api/v1/conversations/{conversation_id}/notes", {
        params: { ...conversationPath(id), header: { "Idempotency-Key": idempotencyKey } },
        body: { content: text },
      }),
    ),
  markRead: (id: string, arrival: number) =>
    content<Conversation>(
      client.POST("/api/v1/conversations/{conversation_id}/read", { params: conversationPath(id), body: { arrival } }),
    ),
  markUnread: (id: string) =>
    content<Conversation>(client.POST("/api/v1/conversations/{conversation_id}/unread", { params: conversationPath(id) })),
  actOnPerson: (id: string, ability: "ban" | "unban") =>
    content<Conversation>(
      client.POST("/api/v1/conversations/{conversation_id}/actions", { params: conversationPath(id), body: { ability } }),
    ),
  typing: (id: string) =>
    content<void>(client.POST("/api/v1/conversations/{conversation_id}/typing", { params: conversationPath(id) })),
};

const messagePath = (id: string) => ({ path: { message_id: id } });

export const messages = {
  remove: (id: string) => content<void>(client.DELETE("/api/v1/messages/{message_id}", { params: messagePath(id) })),
  versions: (id: string) =>
    content<MessageVersion[]>(
      client.GET("/api/v1/messages/{message_id}/versions", { params: messagePath(id) }),
    ),
  cancel: (id: string) =>
    content<Message>(client.POST("/api/v1/messages/{message_id}/cancel", { params: messagePath(id) })),
  resend: (id: string, confirmDouble: boolean) =>
    content<Message>(
      client.POST("/api/v1/messages/{message_id}/resend", { params: messagePath(id), body: { confirm_double: confirmDouble } }),
    ),
  confirm: (id: string) =>
    content<Message>(client.POST("/api/v1/messages/{message_id}/confirm", { params: messagePath(id) })),
  act: (id: string, ability: MessageAbility, text: string | null = null) =>
    content<Message>(
      client.POST("/api/v1/messages/{message_id}/actions", { params: messagePath(id), body: { ability, text } }),
    ),
};

export const customers = {
  list: (q: string, after: string | null, { signal }: Signal = {}) =>
    content<Page<Customer>>(
      client.GET("/api/v1/customers", {
        params: { query: { q: q || undefined, limit: PAGE, after: after ?? undefined } },
        signal,
      }),
    ),
  detail: (id: string, { signal }: Signal = {}) =>
    content<CustomerDetail>(client.GET("/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } }, signal })),
  change: (id: string, change: Partial<Pick<Customer, "name" | "notes" | "language">>) =>
    content<Customer>(
      client.PATCH("/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } }, body: change }),
    ),
};

export const workspace = {
  current: () => content<Workspace>(client.GET("/api/v1/workspace")),
  moderate: (change: { agents_may_delete?: boolean; agents_may_ban?: boolean }) =>
    content<Workspace>(client.PATCH("/api/v1/workspace/moderation", { body: change })),
  change: (change: { name?: string; settings?: Json }) =>
    content<Workspace>(client.PATCH("/api/v1/workspace", { body: change })),
};

export const members = {
  list: () => content<Page<Member>>(client.GET("/api/v1/members", { params: { query: WHOLE } })),
  invite: (email: string, name: string, role: Role) =>
    content<{ member: Member; invite_url: string | null }>(
      client.POST("/api/v1/members", { params: { header: once() }, body: { email, name, role } }),
    ),
  change: (id: string, role: Role) =>
    content<Member>(client.PATCH("/api/v1/members/{user_id}", { params: { path: { user_id: id } }, body: { role } })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/members/{user_id}", { params: { path: { user_id: id } } })),
};

const accountPath = (id: string) => ({ path: { account_id: id } });

const authorizationPath = (id: string) => ({ path: { authorization_id: id } });

export const accounts = {
  templates: (id: string, fresh: boolean, { signal }: Signal = {}) =>
    content<TemplateList>(
      client.GET("/api/v1/accounts/{account_id}/templates", { params: { path: { account_id: id }, query: { fresh } }, signal }),
    ),
  platforms: () => content<Platform[]>(client.GET("/api/v1/platforms")),
  list: () => content<Page<ChannelAccount>>(client.GET("/api/v1/accounts", { params: { query: WHOLE } })),
  connect: (platform: string, values: Record<string, string>) =>
    content<ChannelAccount>(client.POST("/api/v1/accounts", { body: { platform, values } })),
  change: (id: string, change: { name?: string; values?: Record<string, string>; status?: "paused" | "connected" }) =>
    content<ChannelAccount>(client.PATCH("/api/v1/accounts/{account_id}", { params: accountPath(id), body: change })),
  disconnect: (id: string) => content<void>(client.DELETE("/api/v1/accounts/{account_id}", { params: accountPath(id) })),
  check: (id: string) =>
    content<AccountCheck>(client.POST("/api/v1/accounts/{account_id}/check", { params: accountPath(id) })),
  webhook: (id: string) => content<WebhookSetup>(client.GET("/api/v1/accounts/{account_id}/webhook", { params: accountPath(id) })),
  authorize: (platform: string, values: Record<string, string>, account_id: string | null) =>
    content<{ id: string; url: string }>(client.POST("/api/v1/accounts/authorizations", { body: { platform, values, account_id } })),
  authorization: (id: string) =>
    content<AuthorizationState>(client.GET("/api/v1/accounts/authorizations/{authorization_id}", { params: authorizationPath(id) })),
  connectAuthorized: (id: string, choice: string) =>
    content<ChannelAccount>(
      client.POST("/api/v1/accounts/authorizations/{authorization_id}/connect", { params: authorizationPath(id), body: { choice } }),
    ),
  importHistory: (id: string) =>
    content<unknown>(client.POST("/api/v1/accounts/{account_id}/import", { params: accountPath(id) })),
};

const tagPath = (id: string) => ({ path: { tag_id: id } });

export const tags = {
  list: () => content<Page<Tag>>(client.GET("/api/v1/tags", { params: { query: WHOLE } })),
  create: (name: string, color: string) => content<Tag>(client.POST("/api/v1/tags", { body: { name, color } })),
  change: (id: string, change: { name?: string; color?: string }) =>
    content<Tag>(client.PATCH("/api/v1/tags/{tag_id}", { params: tagPath(id), body: change })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/tags/{tag_id}", { params: tagPath(id) })),
};

export const quarantine = {
  list: (filters: { reason?: string; account?: string }, after: string | null) =>
    content<Page<QuarantinedEvent>>(
      client.GET("/api/v1/quarantine", { params: { query: { ...filters, limit: PAGE, after: after ?? undefined } } }),
    ),
  replay: (id: string) =>
    content<unknown>(client.POST("/api/v1/quarantine/{event_id}/replay", { params: { path: { event_id: Number(id) } } })),
  replayAll: () => content<unknown>(client.POST("/api/v1/quarantine/replay", { body: { ids: null, from: null, to: null } })),
  ignored: () => content<Page<{ reason: string; count: number }>>(client.GET("/api/v1/events/ignored")),
};

export const deliveries = {
  list: (filters: { state?: DeliveryState; account?: string; conversation?: string }, after: string | null) =>
    content<Page<Delivery>>(
      client.GET("/api/v1/deliveries", { params: { query: { ...filters, limit: PAGE, after: after ?? undefined } } }),
    ),
};

export const apiKeys = {
  list: () => content<Page<ApiKey>>(client.GET("/api/v1/api-keys", { params: { query: WHOLE } })),
  create: (name: string, scopes: string[]) =>
    content<ApiKey & { token: string }>(
      client.POST("/api/v1/api-keys", { params: { header: once() }, body: { name, scopes, expires_at: null } }),
    ),
  revoke: (id: string) => content<void>(client.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: id } } })),
};
