import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { Conversation, Message } from "@/api/types";
import { messagesOf, rowsOf } from "@/lib/pages";
import { recentConversations, recentMessages } from "@/live/freshest";
import { applyFacts, LOCAL, withRecentMessages } from "@/live/reducer";
import { aConversation, aMessage } from "@/testing/build";

const ME = "me1";
const OPEN = { status: "open" } as const;
const MINE = { status: "open", assignee: "me" } as const;

let client: QueryClient;
let seq = 0;
const conversationChanged = (change: Partial<Conversation>) => ({ type: "conversation.changed", seq: ++seq, data: aConversation(change) });
const messageFact = (kind: "added" | "changed", change: Partial<Message>) => ({ type: `message.${kind}`, seq: ++seq, data: aMessage(change) });

function listOf(filters: object): string[] {
  const data = client.getQueryData<{ pages: { items: Conversation[]; next: null }[] }>(keys.conversations(filters));
  return rowsOf(data?.pages ?? []).map((conversation) => conversation.id);
}

function threadOf(id: string): Message[] {
  const data = client.getQueryData<{ pages: { items: Message[]; before: null }[] }>(keys.messages(id));
  return messagesOf(data?.pages ?? []);
}

beforeEach(() => {
  recentConversations.clear();
  recentMessages.clear();
  client = new QueryClient();
  for (const filters of [OPEN, MINE]) {
    client.setQueryData(keys.conversations(filters), { pages: [{ items: [], next: null }], pageParams: [null] });
  }
  client.setQueryData(keys.messages("c1"), { pages: [{ items: [aMessage()], before: null }], pageParams: [null] });
});

describe("conversation.changed", () => {
  it("enters the lists that it belongs to", () => {
    applyFacts(client, [conversationChanged({})], ME);
    expect(listOf(OPEN)).toEqual(["c1"]);
    expect(listOf(MINE)).toEqual([]);
  });

  it("moves between lists as it is assigned and resolved", () => {
    applyFacts(client, [conversationChanged({ assigned_to: ME })], ME);
    expect(listOf(MINE)).toEqual(["c1"]);
    applyFacts(client, [conversationChanged({ assigned_to: ME, status: "resolved" })], ME);
    expect([listOf(OPEN), listOf(MINE)]).toEqual([[], []]);
  });

  it("ends, fact by fact or in one burst, where the last state is", () => {
    const facts = [conversationChanged({}), conversationChanged({ assigned_to: ME }), conversationChanged({ assigned_to: null, preview: "last" })];
    applyFacts(client, facts, ME);
    expect(listOf(MINE)).toEqual([]);
    expect(listOf(OPEN)).toEqual(["c1"]);
  });

  it("renews the open conversation's header", () => {
    client.setQueryData(keys.conversation("c1"), { conversation: aConversation(), viewers: [] });
    applyFacts(client, [conversationChanged({ priority: "urgent", updated_at: "2026-11-24T09:00:00Z" })], ME);
    expect(client.getQueryData<{ conversation: Conversation }>(keys.conversation("c1"))?.conversation.priority).toBe("urgent");
  });
});

describe("messages", () => {
  it("are added once, however often the fact comes", () => {
    const fact = messageFact("added", { id: "m2", timestamp: "2026-11-24T08:01:00Z" });
    applyFacts(client, [fact], ME);
    applyFacts(client, [fact], ME);
    expect(threadOf("c1").map((message) => message.id)).toEqual(["m1", "m2"]);
  });

  it("are inserted where they belong when they come late", () => {
    applyFacts(client, [messageFact("added", { id: "m0", timestamp: "2026-11-24T07:00:00Z" })], ME);
    expect(threadOf("c1").map((message) => message.id)).toEqual(["m0", "m1"]);
  });

  it("do not fall back to an older state", () => {
    applyFacts(client, [messageFact("changed", { delivery_status: "read", updated_at: "2026-11-24T08:05:00Z" })], ME);
    applyFacts(client, [messageFact("changed", { delivery_status: "sent", updated_at: "2026-11-24T08:04:00Z" })], ME);
    expect(threadOf("c1")[0]?.delivery_status).toBe("read");
  });

  it("take the place of the reply that was shown before the server knew it", () => {
    const local = aMessage({ id: `${LOCAL}k1`, direction: "outbound", sender_id: ME, content: "On its way", timestamp: "2026-11-24T08:02:00Z" });
    client.setQueryData(keys.messages("c1"), { pages: [{ items: [aMessage(), local], before: null }], pageParams: [null] });
    applyFacts(client, [messageFact("added", { id: "m9", direction: "outbound", sender_id: ME, content: "On its way", timestamp: "2026-11-24T08:02:00Z" })], ME);
    expect(threadOf("c1").map((message) => message.id)).toEqual(["m1", "m9"]);
  });

  it("go when they turn out to be another one", () => {
    applyFacts(client, [messageFact("added", { id: "m2", timestamp: "2026-11-24T08:01:00Z" })], ME);
    applyFacts(client, [{ type: "message.removed", seq: ++seq, data: { id: "m2", conversation_id: "c1" } }], ME);
    expect(threadOf("c1").map((message) => message.id)).toEqual(["m1"]);
  });

  it("that came while a page was being loaded are not lost", () => {
    const started = performance.now();
    applyFacts(client, [messageFact("added", { id: "m2", timestamp: "2026-11-24T08:01:00Z" })], ME);
    const page = withRecentMessages({ items: [aMessage()], before: null }, "c1", started);
    expect(page.items.map((message) => message.id)).toEqual(["m1", "m2"]);
  });
});

describe("other facts", () => {
  it("renew what is known under their id", () => {
    client.setQueryData(keys.tags, { items: [{ id: "t1", name: "vip", color: "gray" }], next: null });
    applyFacts(client, [{ type: "tag.changed", seq: ++seq, data: { id: "t1", name: "VIP", color: "red" } }], ME);
    applyFacts(client, [{ type: "tag.changed", seq: ++seq, data: { id: "t2", name: "late", color: "gray" } }], ME);
    applyFacts(client, [{ type: "tag.removed", seq: ++seq, data: { id: "t1", name: "VIP", color: "red" } }], ME);
    expect(client.getQueryData<{ items: { name: string }[] }>(keys.tags)?.items.map((tag) => tag.name)).toEqual(["late"]);
  });

  it("change one's own role at once", () => {
    client.setQueryData(keys.session, { role: "agent", user: { id: ME } });
    applyFacts(client, [{ type: "member.changed", seq: ++seq, data: { user_id: ME, role: "supervisor" } }], ME);
    expect(client.getQueryData<{ role: string }>(keys.session)?.role).toBe("supervisor");
  });
});
