import { createStore } from "@/lib/store";

export interface Command {
  id: string;
  label: string;
  keys?: string;
  run: () => void;
}

/** What can be done with the open conversation, for the palette. The inbox fills it. */
export const conversationCommands = createStore<Command[]>([]);
