const EVENTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
const TELL_EVERY = 30_000;

/** Calls `tell` when the person does something, at most every half minute; gives how long nobody has touched the page. */
export function watchIdle(tell: (seconds: number) => void): { idle: () => number; stop: () => void } {
  let touched = Date.now();
  let told = Date.now();
  const touch = () => {
    touched = Date.now();
    if (touched - told < TELL_EVERY) return;
    told = touched;
    tell(0);
  };
  for (const name of EVENTS) window.addEventListener(name, touch, { passive: true });
  return {
    idle: () => Math.round((Date.now() - touched) / 1000),
    stop: () => {
      for (const name of EVENTS) window.removeEventListener(name, touch);
    },
  };
}
