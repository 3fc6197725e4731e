/** The API's shapes. Times are ISO 8601 in UTC, ids are UUIDs. */

export type Status = "open" | "pending" | "resolved" | "closed";
export type Priority = "low" | "medium" | "high" | "urgent";
export type Source = "dm" | "comment" | "mention" | "review";
export type Role = "administrator" | "supervisor" | "agent";
export type SenderType = "customer" | "agent" | "bot" | "system";
export type DeliveryStatus =
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "read"
  | "failed"
  | "unknown"
  | "canceled";
export type Unit = "codepoints" | "utf16" | "bytes" | "graphemes";
export type Json = Record<string, unknown>;

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Conversation {
  id: string;
  number: number;
  account_id: string;
  platform: string;
  source: Source;
  status: Status;
  status_at: string;
  priority: Priority;
  assigned_to: string | null;
  assigned_reason: Json | null;
  customer_id: string | null;
  customer_name: string;
  customer_handle: string | null;
  customer_avatar: string | null;
  reachable: boolean;
  preview: string;
  preview_by: SenderType;
  preview_type: string;
  message_count: number;
  unread_count: number;
  last_message_at: string;
  last_inbound_at: string | null;
  last_outbound_at: string | null;
  waiting_since: string | null;
  window_opened_at: string | null;
  first_response_at: string | null;
  resolved_at: string | null;
  snoozed_until: string | null;
  delivered_until: string | null;
  read_until: string | null;
  last_arrival: number;
  tags: string[];
  metadata: Json;
  created_at: string;
  updated_at: string;
}

export interface Attachment {
  id: string;
  kind: string;
  name: string | null;
  mime_type: string | null;
  size: number | null;
  width: number | null;
  height: number | null;
  duration: number | null;
  caption: string | null;
  state: "none" | "pending" | "stored" | "failed" | "skipped" | "withdrawn";
  state_reason: string | null;
  url: string | null;
  thumbnail_url: string | null;
  data: Json;
}

export interface Reaction {
  author_name: string;
  emoji: string[];
  by_us: boolean;
}

export interface Message {
  id: string;
  conversation_id: string;
  kind: "message" | "note" | "activity";
  direction: "inbound" | "outbound" | "internal";
  content: string;
  content_type: string;
  sender_type: SenderType;
  sender_id: string | null;
  sender_name: string;
  platform_message_id: string | null;
  timestamp: string;
  position: number;
  arrival: number;
  delivery_status: DeliveryStatus | null;
  delivery_error: Json | null;
  quoted: string | null;
  edited_at: string | null;
  deleted_at: string | null;
  hidden: boolean;
  metadata: Json;
  reactions: Reaction[];
  attachments: Attachment[];
  created_at: string;
  updated_at: string;
}

export interface MessageVersion {
  at: string;
  content: string;
}

export interface MessagePage {
  items: Message[];
  before: string | null;
}

export interface ReplyWindow {
  state: "open" | "human" | "closed";
  closes_at: string | null;
  human_closes_at: string | null;
}

export interface TextLimit {
  maximum: number;
  unit: Unit;
}

export interface SourceRules {
  abilities: string[];
  text: TextLimit;
  public: boolean;
  splits: boolean;
  caption: TextLimit | null;
  max_attachments: number;
  kinds: Record<string, { max_bytes: number; mime_types: string[] }>;
  window: { seconds: number; human_seconds: number | null } | null;
}

export interface PlatformField {
  key: string;
  label: string;
  secret: boolean;
  required: boolean;
  help: string;
  default: string;
}

export interface Platform {
  platform: string;
  name: string;
  fields: PlatformField[];
  webhook_setup: string;
  needs_public_url: boolean;
  sources: Partial<Record<Source, SourceRules>>;
  receipts: string[];
  imports_history: boolean;
}

export interface ChannelAccount {
  id: string;
  platform: string;
  name: string;
  platform_account_id: string;
  status: "connected" | "reconnect" | "paused" | "disconnected";
  status_reason: string | null;
  webhook_url: string | null;
  webhook_verified_at: string | null;
  last_event_at: string | null;
  forged_count: number;
  history: { state: string; count: number };
  fields: Record<string, string>;
  steps: string[];
  created_at: string;
}

export interface AccountCheck {
  ok: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
}

export interface Customer {
  id: string;
  name: string;
  language: string | null;
  notes: string;
  created_at: string;
}

export interface Identity {
  id: string;
  platform: string;
  platform_user_id: string;
  name: string | null;
  handle: string | null;
  avatar_url: string | null;
  reachable: boolean;
}

export interface CustomerDetail {
  customer: Customer;
  identities: Identity[];
  conversations: Conversation[];
}

export interface Viewer {
  user_id: string;
  name: string;
  typing: boolean;
}

export interface ConversationDetail {
  conversation: Conversation;
  customer: Customer | null;
  account: ChannelAccount;
  rules: SourceRules | null;
  window: ReplyWindow | null;
  viewers: Viewer[];
}

export interface Counts {
  open: number;
  mine: number;
  unassigned: number;
  unread: number;
  pending: number;
}

export interface Workspace {
  id: string;
  name: string;
  settings: {
    after_resolve?: "reopen" | "new";
    undo_seconds?: number;
    routing?: "manual" | "previous_agent";
    default_locale?: string;
  } & Json;
}

export interface Session {
  user: { id: string; email: string; name: string; locale: string; settings: Json };
  csrf_token: string;
  workspaces: { id: string; name: string; role: Role }[];
  workspace_id: string;
  role: Role;
  version: string;
}

export interface Invitation {
  email: string;
  name: string;
  purpose: "first_sign_in" | "reset" | "invite";
}

export interface Member {
  user_id: string;
  name: string;
  email: string;
  role: Role;
  online: boolean;
  created_at: string;
}

export interface Tag {
  id: string;
  name: string;
  color: string;
}

export interface QuarantinedEvent {
  id: string;
  account_id: string;
  platform: string;
  received_at: string;
  reason: string;
  detail: string | null;
  payload: unknown;
}

export interface DeliveryAttempt {
  number: number;
  started_at: string;
  finished_at: string | null;
  outcome: string | null;
  http_status: number | null;
  code: string | null;
  detail: string | null;
}

export interface Delivery {
  id: string;
  message_id: string;
  conversation_id: string;
  state: string;
  due_at: string;
  attempts: DeliveryAttempt[];
  error_code: string | null;
  error_message: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface SendBody {
  content: string;
  attachments?: string[];
  quoted?: string;
  private_to?: string;
  last_seen_arrival?: number;
}

export interface ConversationPatch {
  status?: Status;
  priority?: Priority;
  assigned_to?: string | null;
  snoozed_until?: string | null;
  tags?: string[];
}

export interface ConversationFilters {
  status?: Status;
  /** "me", "none" or a user's id. */
  assignee?: string;
  account?: string;
  platform?: string;
  source?: Source;
  priority?: Priority;
  tag?: string;
  unread?: boolean;
  q?: string;
  customer?: string;
  sort?: "newest" | "waiting";
}
