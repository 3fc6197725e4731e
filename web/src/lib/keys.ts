import { useEffect, useRef } from "react";

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

function inLayer(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

/** The name under which a key press is looked up: the typed character, so that it holds on every keyboard layout. */
export function keyName(event: KeyboardEvent): string {
  const single = event.key.length === 1;
  const name = single ? event.key.toLowerCase() : event.key;
  const modifier = event.ctrlKey || event.metaKey ? "mod+" : "";
  const letter = single && /\p{L}/u.test(event.key);
  const shift = event.shiftKey && (letter || !single) ? "shift+" : "";
  return modifier + shift + name;
}

let leader: { key: string; at: number } | null = null;
const LEADER_MS = 1200;

/** Keys while the component is shown. Single keys rest while one types or a layer is open; "mod+…" always works.
 *  "g i" is a sequence. */
export function useKeys(map: KeyMap, enabled = true): void {
  const current = useRef(map);
  current.current = map;
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || event.altKey) return;
      const name = keyName(event);
      if (!name.startsWith("mod+") && (isTyping(event.target) || inLayer(event.target))) return;
      const sequence = leader && performance.now() - leader.at < LEADER_MS ? `${leader.key} ${name}` : null;
      const action = (sequence && current.current[sequence]) || (sequence ? undefined : current.current[name]);
      if (action) {
        event.preventDefault();
        leader = null;
        action(event);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [enabled]);
}

/** Remembers the first key of sequences; mounted once. */
export function useLeader(key: string): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || isTyping(event.target) || inLayer(event.target)) return;
      const name = keyName(event);
      // After all other listeners of this event: the second key still finds the first one.
      setTimeout(() => {
        if (name === key && !leader) leader = { key, at: performance.now() };
        else if (name !== "Shift") leader = null;
      }, 0);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [key]);
}
