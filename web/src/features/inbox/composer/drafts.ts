import { recall, remember } from "@/lib/remember";
import { createStore } from "@/lib/store";

export type Mode = "reply" | "private" | "note";
const PREFIX = "draft";

function stored(): Set<string> {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`hark.${PREFIX}.`));
    return new Set(names.map((name) => name.split(".")[2] ?? ""));
  } catch {
    return new Set();
  }
}

/** The conversations that have an unsent text. */
export const draftsHeld = createStore<ReadonlySet<string>>(stored());

export function readDraft(conversation: string, mode: Mode): string {
  return recall(`${PREFIX}.${conversation}.${mode}`) ?? "";
}

/** Keeps what was typed, for each conversation and mode, across reload and sign-out. */
export function writeDraft(conversation: string, mode: Mode, text: string): void {
  remember(`${PREFIX}.${conversation}.${mode}`, text.trim() === "" ? null : text);
  const any = (["reply", "private", "note"] as const).some((each) => readDraft(conversation, each) !== "");
  draftsHeld.set((before) => {
    if (before.has(conversation) === any) return before;
    const after = new Set(before);
    if (any) after.add(conversation);
    else after.delete(conversation);
    return after;
  });
}
