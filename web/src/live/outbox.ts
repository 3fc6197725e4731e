import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { conversations } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem, type Problem } from "@/api/problem";
import type { Attachment, Message, MessagePage, SendBody } from "@/api/types";
import { now } from "@/lib/clock";
import { placeMessage, withoutMessage } from "@/lib/pages";
import { recallJson, remember } from "@/lib/remember";
import { createStore } from "@/lib/store";
import { connection } from "@/live/connection";
import { applyMessage, LOCAL } from "@/live/reducer";

/** A reply or note between Ctrl+Enter and the server's answer. It survives a reload; its key makes repeating harmless. */
export interface Outgoing {
  key: string;
  conversation: string;
  mode: "reply" | "private" | "note";
  body: SendBody;
  /** The text in the thread until the server has answered: of a template, what the customer will read. */
  shown?: string;
  attachments: Attachment[];
  author: { id: string; name: string };
  at: string;
}

/** A reply that the server did not take: shown at the composer, with the text given back. */
export interface Refusal {
  outgoing: Outgoing;
  problem: Problem;
}

type Sent = (outgoing: Outgoing, messages: Message[]) => void;

const STORE = "outbox";
const sending = new Set<string>();
let waiting: Outgoing[] = recallJson<Outgoing[]>(STORE, []);

export const refusals = createStore<Record<string, Refusal>>({});

function keep(next: Outgoing[]): void {
  waiting = next;
  remember(STORE, next.length > 0 ? JSON.stringify(next) : null);
}

function countUnsent(): void {
  connection.set((before) => ({ ...before, unsent: waiting.length - sending.size }));
}

function localMessage(outgoing: Outgoing, problem: Problem | null): Message {
  return {
    id: LOCAL + outgoing.key,
    conversation_id: outgoing.conversation,
    kind: outgoing.mode === "note" ? "note" : "message",
    direction: outgoing.mode === "note" ? "internal" : "outbound",
    content: outgoing.shown ?? outgoing.body.content,
    content_type: "text",
    sender_type: "agent",
    sender_id: outgoing.author.id,
    sender_name: outgoing.author.name,
    platform_message_id: null,
    timestamp: outgoing.at,
    position: Number.MAX_SAFE_INTEGER,
    arrival: Number.MAX_SAFE_INTEGER,
    delivery_status: problem && !problem.network ? "failed" : "queued",
    delivery_error: problem ? { code: problem.code, message: problem.message } : null,
    quoted: outgoing.body.quoted ?? null,
    edited_at: null,
    deleted_at: null,
    hidden: false,
    metadata: { waiting: problem?.network ?? false, private_to: outgoing.body.private_to, template: outgoing.body.template },
    reactions: [],
    attachments: outgoing.attachments,
    created_at: outgoing.at,
    updated_at: new Date(now()).toISOString(),
  };
}

function show(client: QueryClient, message: Message): void {
  client.setQueryData<InfiniteData<MessagePage>>(keys.messages(message.conversation_id), (data) =>
    data && { ...data, pages: placeMessage(data.pages, message) },
  );
}

function hide(client: QueryClient, outgoing: Outgoing): void {
  client.setQueryData<InfiniteData<MessagePage>>(keys.messages(outgoing.conversation), (data) =>
    data && { ...data, pages: withoutMessage(data.pages, LOCAL + outgoing.key) },
  );
}

function finish(outgoing: Outgoing): void {
  keep(waiting.filter((other) => other.key !== outgoing.key));
}

async function deliver(outgoing: Outgoing): Promise<Message[]> {
  const { conversation, body, key, mode } = outgoing;
  if (mode === "note") return [await conversations.addNote(conversation, body.content, key)];
  return (await conversations.send(conversation, body, key)).messages;
}

async function attempt(client: QueryClient, outgoing: Outgoing, onSent: Sent): Promise<void> {
  if (sending.has(outgoing.key)) return;
  sending.add(outgoing.key);
  try {
    const messages = await deliver(outgoing);
    finish(outgoing);
    hide(client, outgoing);
    for (const message of messages) applyMessage(client, message, outgoing.author.id);
    onSent(outgoing, messages);
  } catch (error) {
    takeBack(client, outgoing, asProblem(error));
  } finally {
    sending.delete(outgoing.key);
    countUnsent();
  }
}

function takeBack(client: QueryClient, outgoing: Outgoing, problem: Problem): void {
  const final = problem.status >= 400 && problem.status < 500 && problem.status !== 401 && problem.status !== 429;
  if (!final) {
    show(client, localMessage(outgoing, problem));
    return;
  }
  finish(outgoing);
  hide(client, outgoing);
  refusals.set((before) => ({ ...before, [outgoing.conversation]: { outgoing, problem } }));
}

/** Shows the reply at once and sends it. */
export function post(client: QueryClient, outgoing: Outgoing, onSent: Sent): void {
  keep([...waiting, outgoing]);
  show(client, localMessage(outgoing, null));
  void attempt(client, outgoing, onSent);
}

/** Tries everything that has not left yet, one conversation's replies in their order. */
export async function postWaiting(client: QueryClient, onSent: Sent): Promise<void> {
  for (const outgoing of waiting) await attempt(client, outgoing, onSent);
}

export function retry(client: QueryClient, localId: string, onSent: Sent): void {
  const outgoing = waiting.find((other) => LOCAL + other.key === localId);
  if (!outgoing) return;
  show(client, localMessage(outgoing, null));
  void attempt(client, outgoing, onSent);
}

/** Takes a reply back that has not left yet, and gives it to the caller. */
export function discard(client: QueryClient, localId: string): Outgoing | null {
  const outgoing = waiting.find((other) => LOCAL + other.key === localId);
  if (!outgoing || sending.has(outgoing.key)) return null;
  finish(outgoing);
  hide(client, outgoing);
  countUnsent();
  return outgoing;
}

export function clearRefusal(conversation: string): void {
  refusals.set((before) => Object.fromEntries(Object.entries(before).filter(([id]) => id !== conversation)));
}

/** The unsent replies of a conversation, for a thread that is loaded afresh. */
export function unsentOf(conversation: string): Message[] {
  return waiting.filter((outgoing) => outgoing.conversation === conversation).map((outgoing) => localMessage(outgoing, null));
}
