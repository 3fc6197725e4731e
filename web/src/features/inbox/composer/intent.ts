import type { Message } from "@/api/types";
import type { Mode } from "@/features/inbox/composer/drafts";
import { createStore } from "@/lib/store";

/** What the thread asks of the composer: a mode, and the message that the answer points at. */
export interface Intent {
  conversation: string;
  mode: Mode;
  target: Message | null;
  text?: string;
  files?: File[];
  count: number;
}

export const intent = createStore<Intent | null>(null);

export function compose(conversation: string, mode: Mode, target: Message | null = null, text?: string, files?: File[]): void {
  intent.set((before) => ({ conversation, mode, target, text, files, count: (before?.count ?? 0) + 1 }));
}
