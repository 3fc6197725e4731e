import { useCallback, useMemo, useRef, useState } from "react";
import type { Conversation } from "@/api/types";

export interface Shown {
  conversation: Conversation;
  /** No longer in the list, kept in its place until the user moves on. */
  gone: boolean;
}

/** The rows to show. While `still` (scrolled, hovered, being navigated) nothing moves: rows keep their places with their
 *  newest content, what came or moved to the top waits and is only counted. `keep` is a row that stays although it left the list. */
export function arrange(
  live: Conversation[],
  frozen: string[] | null,
  before: Map<string, Conversation>,
  keep: string | null,
): { rows: Shown[]; waiting: number } {
  const byId = new Map(live.map((conversation) => [conversation.id, conversation]));
  if (!frozen) {
    const rows = live.map((conversation) => ({ conversation, gone: false }));
    return { rows, waiting: 0 };
  }
  const held = new Set(frozen);
  const last = live.findLastIndex((conversation) => held.has(conversation.id));
  const top = frozen.find((id) => byId.has(id));
  const above = Math.max(0, live.findIndex((conversation) => conversation.id === top));
  // Some platforms tell times by the second only: what is new may belong between two rows.
  const between = live.slice(above, last + 1).filter((conversation) => !held.has(conversation.id)).length;
  const below = live.slice(last + 1);
  const rows = frozen.flatMap((id) => {
    const conversation = byId.get(id);
    if (conversation) return [{ conversation, gone: false }];
    const old = before.get(id);
    return old && (id === keep || held.has(id)) ? [{ conversation: old, gone: true }] : [];
  });
  return { rows: [...rows, ...below.map((conversation) => ({ conversation, gone: false }))], waiting: above + between };
}

/** Holds the list still, and lets it go again. */
export function useFrozen(live: Conversation[], keep: string | null) {
  const [frozen, setFrozen] = useState<string[] | null>(null);
  const memory = useRef(new Map<string, Conversation>());
  const liveNow = useRef(live);
  liveNow.current = live;
  for (const conversation of live) memory.current.set(conversation.id, conversation);

  const { rows, waiting } = useMemo(() => arrange(live, frozen, memory.current, keep), [live, frozen, keep]);
  const hold = useCallback(() => setFrozen((now) => now ?? liveNow.current.map((conversation) => conversation.id)), []);
  const release = useCallback(() => setFrozen(null), []);
  return { rows, waiting, hold, release, isHeld: frozen !== null };
}
