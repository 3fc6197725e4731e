import type { Conversation, ConversationFilters, Message, MessagePage, Page } from "@/api/types";
import { belongs, orderOf } from "@/lib/filters";
import { compareMessages, isNewer } from "@/lib/order";

/** All rows of the loaded pages, each once: a row that moved up between two page loads is in both of them. */
export function rowsOf<T extends { id: string; updated_at: string }>(pages: Page<T>[]): T[] {
  const seen = new Map<string, T>();
  for (const page of pages) {
    for (const item of page.items) {
      const known = seen.get(item.id);
      if (!known || isNewer(item, known)) seen.set(item.id, item);
    }
  }
  return pages.length < 2 && seen.size === pages[0]?.items.length ? pages[0].items : [...seen.values()];
}

function without<T extends { id: string }>(pages: Page<T>[], id: string): Page<T>[] {
  return pages.map((page) =>
    page.items.some((item) => item.id === id)
      ? { ...page, items: page.items.filter((item) => item.id !== id) }
      : page,
  );
}

/** Puts a conversation's new state into a list: to its place, or out of it. A row beyond what is loaded is left to the next page. */
export function placeConversation(
  pages: Page<Conversation>[],
  conversation: Conversation,
  filters: ConversationFilters,
  me: string,
): Page<Conversation>[] {
  const here = pages.some((page) => page.items.some((item) => item.id === conversation.id));
  const fits = belongs(filters, conversation, me);
  if (fits === false) return here ? without(pages, conversation.id) : pages;
  if (fits === "unknown" && !here) return pages;
  const order = orderOf(filters);
  const rest = without(pages, conversation.id);
  const last = rest.length - 1;
  const at = rest.findIndex((page, index) => {
    const end = page.items.at(-1);
    return (end && order(conversation, end) < 0) || (index === last && page.next === null);
  });
  // A row that was loaded stays loaded, even when it moved behind the last loaded one.
  const target = at >= 0 ? at : here ? last : -1;
  return rest.map((page, index) => {
    if (index !== target) return page;
    const place = page.items.findIndex((item) => order(conversation, item) < 0);
    const items = page.items.toSpliced(place < 0 ? page.items.length : place, 0, conversation);
    return { ...page, items };
  });
}

/** Messages oldest first. `pages` are newest first, as they are loaded. */
export function messagesOf(pages: MessagePage[]): Message[] {
  const seen = new Set<string>();
  const all: Message[] = [];
  for (let index = pages.length - 1; index >= 0; index -= 1) {
    for (const message of pages[index]?.items ?? []) {
      if (seen.has(message.id)) continue;
      seen.add(message.id);
      all.push(message);
    }
  }
  return all;
}

function inserted(items: Message[], message: Message): Message[] {
  let place = items.length;
  while (place > 0 && compareMessages(message, items[place - 1]!) < 0) place -= 1;
  return items.toSpliced(place, 0, message);
}

/** Puts a message's new state where it belongs. One that is older than everything loaded is left to the next older page. */
export function placeMessage(pages: MessagePage[], message: Message): MessagePage[] {
  const known = pages.flatMap((page) => page.items).find((item) => item.id === message.id);
  if (known && isNewer(known, message)) return pages;
  const rest = pages.map((page) =>
    known && page.items.includes(known) ? { ...page, items: page.items.filter((item) => item !== known) } : page,
  );
  const oldest = rest.length - 1;
  const at = rest.findIndex((page, index) => {
    const first = page.items[0];
    return (first && compareMessages(message, first) >= 0) || (index === oldest && (page.before === null || known));
  });
  return rest.map((page, index) => (index === at ? { ...page, items: inserted(page.items, message) } : page));
}

export function withoutMessage(pages: MessagePage[], id: string): MessagePage[] {
  return pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) }));
}
