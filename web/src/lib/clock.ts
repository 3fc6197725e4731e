import { useSyncExternalStore } from "react";

let offset = 0;

/** Remembers how far this machine's clock is from the server's. */
export function setServerTime(iso: string): void {
  const server = Date.parse(iso);
  if (Number.isFinite(server)) offset = server - Date.now();
}

/** The server's time now, in milliseconds. */
export function now(): number {
  return Date.now() + offset;
}

interface Ticker {
  read: () => number;
  subscribe: (listener: () => void) => () => void;
}

const tickers = new Map<number, Ticker>();

function makeTicker(every: number): Ticker {
  const listeners = new Set<() => void>();
  let value = now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    value = now();
    for (const listener of listeners) listener();
  };
  return {
    read: () => value,
    subscribe(listener) {
      if (listeners.size === 0) {
        value = now();
        timer = setInterval(tick, every);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

/** The server's time, renewed every `every` milliseconds. All users of one pace share one timer. */
export function useNow(every = 30_000): number {
  let ticker = tickers.get(every);
  if (!ticker) {
    ticker = makeTicker(every);
    tickers.set(every, ticker);
  }
  return useSyncExternalStore(ticker.subscribe, ticker.read);
}
