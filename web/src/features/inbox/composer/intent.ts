import type { Message } from "@/api/types";
import type { Mode } from "@/features/inbox/composer/drafts";
import { createStore } from "@/lib/store";

/** What the thread asks of the composer: a mode, and the message that the answer points at. The composer takes it
 *  away; until then it waits, as the composer may come later than the messages. */
export interface Intent {
  conversation: string;
  mode: Mode;
  target: Message | null;
  text?: string;
  files?: File[];
}

export const intent = createStore<Intent | null>(null);

export function compose(conversation: string, mode: Mode, target: Message | null = null, text?: string, files?: File[]): void {
  intent.set({ conversation, mode, target, text, files });
}
