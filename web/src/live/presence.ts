import type { Viewer } from "@/api/types";
import { createStore, useStore } from "@/lib/store";

interface Presence {
  viewers: Record<string, Viewer[]>;
  /** Until when the customer of a conversation is shown as typing. */
  typing: Record<string, number>;
}

const NOBODY: Viewer[] = [];
const TYPING_FOR = 6000;

export const presence = createStore<Presence>({ viewers: {}, typing: {} });

export function setViewers(conversation: string, viewers: Viewer[]): void {
  presence.set((before) => ({ ...before, viewers: { ...before.viewers, [conversation]: viewers } }));
}

export function customerTypes(conversation: string): void {
  const until = Date.now() + TYPING_FOR;
  presence.set((before) => ({ ...before, typing: { ...before.typing, [conversation]: until } }));
  setTimeout(() => {
    if (presence.get().typing[conversation] === until) stopTyping(conversation);
  }, TYPING_FOR);
}

export function stopTyping(conversation: string): void {
  presence.set((before) => {
    if (!(conversation in before.typing)) return before;
    const { [conversation]: _, ...typing } = before.typing;
    return { ...before, typing };
  });
}

export function useViewers(conversation: string): Viewer[] {
  return useStore(presence, (value) => value.viewers[conversation] ?? NOBODY);
}

export function useCustomerTyping(conversation: string): boolean {
  return useStore(presence, (value) => conversation in value.typing);
}
