/** The API's shapes by short names. They come from the server's OpenAPI document (schema.d.ts, `npm run api`); only what
 *  that leaves open is said more closely here. Times are ISO 8601 in UTC, ids are UUIDs. */
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
type Closer<T, Change> = Omit<T, keyof Change> & Change;

export type Json = Record<string, unknown>;
export type Source = "dm" | "comment" | "mention" | "review";
export type Status = Schemas["Conversation"]["status"];
export type Priority = Schemas["Conversation"]["priority"];
export type SenderType = Schemas["Message"]["sender_type"];
export type DeliveryStatus = NonNullable<Schemas["Message"]["delivery_status"]>;
export type Unit = Schemas["Unit"];
export type Role = Schemas["Session"]["role"];

export interface Page<T> {
  items: T[];
  next: string | null;
}

export type Conversation = Closer<Schemas["Conversation"], { source: Source; metadata: Json; assigned_reason: Json | null }>;
export type Attachment = Closer<Schemas["Attachment"], { data: Json }>;
export type Reaction = Schemas["ReactionView"];
export type Message = Closer<
  Schemas["Message"],
  { metadata: Json; delivery_error: Json | null; attachments: Attachment[]; reactions: Reaction[] }
>;
export type MessageVersion = Schemas["MessageVersion"];
export type MessagePage = Closer<Schemas["MessagePage"], { items: Message[]; before: string | null }>;
export type ReplyWindow = Schemas["ReplyWindowState"];
export type TextLimit = Pick<Schemas["TextLimit"], "maximum" | "unit"> & Partial<Schemas["TextLimit"]>;
export type SourceRules = Closer<
  Schemas["SourceRules"],
  {
    abilities: string[];
    text: TextLimit;
    caption: TextLimit | null;
    kinds: Record<string, { max_bytes: number; mime_types: string[]; alt?: number | null }>;
    window: { seconds: number; human_seconds: number | null } | null;
  }
>;
export type PlatformField = Schemas["Field"];
export type PlatformScope = Schemas["Scope"];
export type Platform = Closer<Schemas["Platform"], { sources: Partial<Record<Source, SourceRules>> }>;
export type ChannelAccount = Schemas["ChannelAccount"];
export type AccountCheck = Schemas["AccountCheck"];
export type AuthorizationState = Schemas["AuthorizationState"];
export type WebhookSetup = Schemas["WebhookSetup"];
export type Customer = Schemas["Customer"];
export type Identity = Schemas["Identity"];
export type CustomerDetail = Closer<Schemas["CustomerDetail"], { conversations: Conversation[] }>;
export type Post = Schemas["Post"];
export type LinkedConversation = Closer<Schemas["LinkedConversation"], { conversation: Conversation }>;
export type Template = Schemas["Template"];
export type TemplateList = Schemas["TemplateList"];
export type Viewer = Schemas["Viewer"];
export type ConversationDetail = Closer<
  Schemas["ConversationDetail"],
  { conversation: Conversation; rules: SourceRules | null; private_rules: SourceRules | null; linked: LinkedConversation[] }
>;
export type Counts = Schemas["Counts"];
export type Workspace = Schemas["Workspace"];
export type Session = Schemas["Session"];
export type Invitation = Schemas["Link"];
export type Member = Schemas["ListedMember"];
export type Tag = Schemas["Tag"];
export type QuarantinedEvent = Closer<Schemas["QuarantinedEvent"], { payload: unknown }>;
export type Delivery = Schemas["ListedDelivery"];
export type DeliveryState = Delivery["state"];
export type ApiKey = Schemas["ApiKey"];
export type AgentStatus = Schemas["Agent"]["status"];
export type Agent = Schemas["ListedAgent"];
export type AgentPatch = Schemas["AgentPatch"];
export type WorkingHours = NonNullable<Agent["hours"]>;
export type Team = Schemas["Team"];
export type Skill = Schemas["Skill"];
export type RoutingPolicy = Schemas["RoutingPolicy"];
export type PolicyDraft = Schemas["RoutingPolicyDraft"];
export type PolicyWarned = Closer<Schemas["Warned"], { warnings: Json[] }>;
export type Replay = Schemas["Replay"];
export type Played = Schemas["Played"];
export type QueuedConversation = Closer<Schemas["QueuedConversation"], { conversation: Conversation }>;
export type QueueView = Closer<Schemas["QueueView"], { waiting: QueuedConversation[] }>;
export type ConversationClocks = Schemas["ConversationClocks"];
export type Clock = Schemas["ClockRow"];
export type SlaProgress = Schemas["Progress"];
export type SendBody = Pick<Schemas["Reply"], "content"> & Partial<Schemas["Reply"]>;
export type ConversationPatch = Schemas["ConversationPatch"];
export type MessageAbility = Schemas["MessageAction"]["ability"];

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
  sort?: "newest" | "waiting" | "answer_by";
}
