import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type {
  Agent,
  ChannelAccount,
  Conversation,
  ConversationDetail,
  ConversationFilters,
  Customer,
  CustomerDetail,
  Member,
  Message,
  MessagePage,
  Page,
  Post,
  Session,
  SlaProgress,
  Tag,
  Workspace,
} from "@/api/types";
import { compareMessages, isNewer } from "@/lib/order";
import { placeConversation, placeMessage, withoutMessage } from "@/lib/pages";
import { recentConversations, recentMessages } from "@/live/freshest";
import { stopTyping } from "@/live/presence";
import { applyAgent, lookAgain } from "@/live/routing";
import type { Frame } from "@/live/socket";

type Pages<T> = InfiniteData<T, string | null>;

export const LOCAL = "local:";

/** A reply that is on its way to our own server, shown before the server has answered. */
export function isLocal(message: Pick<Message, "id">): boolean {
  return message.id.startsWith(LOCAL);
}

/** Puts a conversation's state into every list, page and panel that shows it. */
export function applyConversation(client: QueryClient, conversation: Conversation, me: string): void {
  recentConversations.note(conversation);
  const before = client.getQueryData<ConversationDetail>(keys.conversation(conversation.id))?.conversation;
  if (before && before.banned !== conversation.banned) refetchBans(client, conversation);
  if (conversation.source === "dm" && conversation.message_count <= 1) refetchLinks(client, conversation);
  for (const [key, data] of client.getQueriesData<Pages<Page<Conversation>>>({ queryKey: ["conversations"] })) {
    if (!data) continue;
    const pages = placeConversation(data.pages, conversation, key[1] as ConversationFilters, me);
    if (pages !== data.pages) client.setQueryData<Pages<Page<Conversation>>>(key, { ...data, pages });
  }
  client.setQueryData<ConversationDetail>(keys.conversation(conversation.id), (detail) =>
    detail && !isNewer(detail.conversation, conversation) ? { ...detail, conversation } : detail,
  );
  if (!conversation.customer_id) return;
  client.setQueryData<CustomerDetail>(keys.customer(conversation.customer_id), (detail) =>
    detail && {
      ...detail,
      conversations: upsert(detail.conversations, conversation, (item) => item.id, "first"),
    },
  );
}

/** Who is banned is also shown beside messages and identities, which no fact carries. */
export function refetchBans(client: QueryClient, { id, customer_id }: Conversation): void {
  void client.invalidateQueries({ queryKey: keys.conversation(id) });
  if (customer_id) void client.invalidateQueries({ queryKey: keys.customer(customer_id) });
}

/** Direct messages that have just begun may be the other side of a private reply to a comment of the same person. */
function refetchLinks(client: QueryClient, { id, customer_id }: Conversation): void {
  for (const [key, detail] of client.getQueriesData<ConversationDetail>({ queryKey: ["conversation"] })) {
    const linked = detail?.linked?.some((link) => link.conversation.id === id);
    if (detail && !linked && detail.conversation.id !== id && detail.conversation.customer_id === customer_id) void client.invalidateQueries({ queryKey: key });
  }
}

/** The private reply itself may have left only after they began. */
function refetchLinkOf(client: QueryClient, { id, conversation_id, metadata }: Message): void {
  const detail = metadata.sent_to ? client.getQueryData<ConversationDetail>(keys.conversation(conversation_id)) : null;
  if (detail && !detail.linked?.some((link) => link.message_id === id)) void client.invalidateQueries({ queryKey: keys.conversation(conversation_id) });
}

function applyPost(client: QueryClient, post: Post): void {
  for (const [key, detail] of client.getQueriesData<ConversationDetail>({ queryKey: ["conversation"] })) {
    if (!detail) continue;
    const { account_id, metadata } = detail.conversation;
    const shows = account_id === post.account_id && metadata.post_id === post.platform_post_id;
    if (shows && !(detail.post && isNewer(detail.post, post))) client.setQueryData(key, { ...detail, post });
  }
}

/** Puts a message's state into its thread, if that is loaded. */
export function applyMessage(client: QueryClient, message: Message, me: string): void {
  recentMessages.note(message);
  refetchLinkOf(client, message);
  if (message.direction === "inbound") stopTyping(message.conversation_id);
  client.setQueryData<Pages<MessagePage>>(keys.messages(message.conversation_id), (data) => {
    if (!data) return data;
    const known = data.pages.some((page) => page.items.some((item) => item.id === message.id));
    const pages = known ? data.pages : withoutTwin(data.pages, message, me);
    return { ...data, pages: placeMessage(pages, message) };
  });
}

/** A message that turned out to be the same as another one. */
function removeMessage(client: QueryClient, { id, conversation_id }: Pick<Message, "id" | "conversation_id">): void {
  recentMessages.forget(id);
  client.setQueryData<Pages<MessagePage>>(keys.messages(conversation_id), (data) =>
    data && { ...data, pages: withoutMessage(data.pages, id) },
  );
}

/** The socket may tell of our own reply before the answer to sending it comes: then its local twin goes. */
function withoutTwin(pages: MessagePage[], message: Message, me: string): MessagePage[] {
  if (message.sender_id !== me || message.direction === "inbound") return pages;
  const twin = pages
    .flatMap((page) => page.items)
    .find((item) => isLocal(item) && item.kind === message.kind && item.content.startsWith(message.content));
  return twin ? withoutMessage(pages, twin.id) : pages;
}

export function upsert<T>(items: T[], item: T, idOf: (item: T) => string, place: "first" | "last" = "last"): T[] {
  const at = items.findIndex((other) => idOf(other) === idOf(item));
  if (at >= 0) return items.with(at, item);
  return place === "first" ? [item, ...items] : [...items, item];
}

function upsertPage<T>(client: QueryClient, key: readonly unknown[], item: T, idOf: (item: T) => string): void {
  client.setQueryData<Page<T>>(key, (page) => page && { ...page, items: upsert(page.items, item, idOf) });
}

function applyCustomer(client: QueryClient, customer: Customer): void {
  client.setQueryData<CustomerDetail>(keys.customer(customer.id), (detail) => detail && { ...detail, customer });
  for (const [key, detail] of client.getQueriesData<ConversationDetail>({ queryKey: ["conversation"] })) {
    if (detail?.customer?.id === customer.id) client.setQueryData(key, { ...detail, customer });
  }
  for (const [key, data] of client.getQueriesData<Pages<Page<Customer>>>({ queryKey: ["customers"] })) {
    if (!data) continue;
    const pages = data.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => (item.id === customer.id ? customer : item)),
    }));
    client.setQueryData(key, { ...data, pages });
  }
}

function applyAccount(client: QueryClient, account: ChannelAccount): void {
  upsertPage(client, keys.accounts, account, (item) => item.id);
  for (const [key, detail] of client.getQueriesData<ConversationDetail>({ queryKey: ["conversation"] })) {
    if (detail?.account.id === account.id) client.setQueryData(key, { ...detail, account: { ...detail.account, ...account } });
  }
}

function applyMember(client: QueryClient, member: Member, me: string): void {
  upsertPage(client, keys.members, member, (item) => item.user_id);
  if (member.user_id !== me) return;
  client.setQueryData<Session>(keys.session, (session) => session && { ...session, role: member.role });
}

const MOVES_COUNTS = new Set(["conversation.changed", "message.added"]);

/** Applies facts, in order. Each carries the whole new state of its subject, so that applying means replacing. */
export function applyFacts(client: QueryClient, facts: Frame[], me: string): { countsMoved: boolean } {
  for (const fact of lastOfEach(facts)) applyFact(client, fact, me);
  return { countsMoved: facts.some((fact) => MOVES_COUNTS.has(fact.type)) };
}

/** Within one burst only the last state of each conversation and message matters. */
function lastOfEach(facts: Frame[]): Frame[] {
  const last = new Map<string, Frame>();
  for (const fact of facts) {
    const id = String((fact.data as { id?: string } | null)?.id ?? fact.seq);
    const subject = `${fact.type.split(".")[0]}:${id}`;
    last.delete(subject);
    last.set(subject, fact);
  }
  return [...last.values()];
}

function applyFact(client: QueryClient, fact: Frame, me: string): void {
  switch (fact.type) {
    case "agent.changed":
      return applyAgent(client, fact.data as Agent);
    case "assignment.changed":
      return lookAgain(client);
    case "conversation.changed":
      lookAgain(client);
      return applyConversation(client, fact.data as Conversation, me);
    case "message.added":
    case "message.changed":
      return applyMessage(client, fact.data as Message, me);
    case "message.removed":
      return removeMessage(client, fact.data as Pick<Message, "id" | "conversation_id">);
    case "customer.changed":
      return applyCustomer(client, fact.data as Customer);
    case "post.changed":
      return applyPost(client, fact.data as Post);
    case "account.changed":
      return applyAccount(client, fact.data as ChannelAccount);
    case "member.changed":
      return applyMember(client, fact.data as Member, me);
    case "tag.changed":
      refetchRenamed(client, fact.data as Tag);
      return upsertPage(client, keys.tags, fact.data as Tag, (item) => item.id);
    case "tag.removed":
      client.setQueryData<Page<Tag>>(
        keys.tags,
        (page) => page && { ...page, items: page.items.filter((tag) => tag.id !== (fact.data as Tag).id) },
      );
      return refetchConversations(client);
    case "quarantine.changed":
      void client.invalidateQueries({ queryKey: ["quarantine"] });
      void client.invalidateQueries({ queryKey: keys.ignored });
      return;
    case "clock.changed":
      void client.invalidateQueries({ queryKey: keys.clocks((fact.data as { conversation_id: string }).conversation_id) });
      return;
    case "rule.ran":
      void client.invalidateQueries({ queryKey: ["rules"] });
      void client.invalidateQueries({ queryKey: ["rule-runs"] });
      return;
    case "sla.changed":
      client.setQueryData(keys.slaProgress, fact.data as SlaProgress);
      if ((fact.data as SlaProgress).finished_at) void client.invalidateQueries({ queryKey: ["clocks"] });
      return;
    case "workspace.changed":
      client.setQueryData(keys.workspace, fact.data as Workspace);
      // What agents may do may have changed.
      void client.invalidateQueries({ queryKey: ["conversation"] });
      return;
    default:
      return;
  }
}

/** Conversations carry the names of their tags; one fact renames a tag in all of them. */
function refetchRenamed(client: QueryClient, tag: Tag): void {
  const before = client.getQueryData<Page<Tag>>(keys.tags)?.items.find((item) => item.id === tag.id);
  if (!before || before.name !== tag.name) refetchConversations(client);
}

function refetchConversations(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: ["conversations"] });
  void client.invalidateQueries({ queryKey: ["conversation"] });
}

/** The newest page as loaded, with what the socket told while it was under way. */
export function withRecentMessages(page: MessagePage, conversation: string, started: number): MessagePage {
  const items = page.items.map((message) => recentMessages.newer(message));
  let [merged] = [{ ...page, items }];
  for (const message of recentMessages.since(started)) {
    if (message.conversation_id === conversation) [merged] = placeMessage([merged], message) as [MessagePage];
  }
  return { ...merged, items: merged.items.toSorted(compareMessages) };
}

export function withRecentConversations(
  page: Page<Conversation>,
  filters: ConversationFilters,
  me: string,
  started: number,
): Page<Conversation> {
  let [merged] = [{ ...page, items: page.items.map((item) => recentConversations.newer(item)) }];
  for (const conversation of recentConversations.since(started)) {
    [merged] = placeConversation([merged], conversation, filters, me) as [Page<Conversation>];
  }
  return merged;
}
