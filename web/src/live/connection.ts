import { createStore } from "@/lib/store";

export type ConnectionState = "connecting" | "online" | "reconnecting";

export interface Connection {
  state: ConnectionState;
  since: number;
  /** How many replies wait for the network. */
  unsent: number;
}

export const connection = createStore<Connection>({ state: "connecting", since: Date.now(), unsent: 0 });

export function setConnection(state: ConnectionState): void {
  connection.set((before) => (before.state === state ? before : { ...before, state, since: Date.now() }));
}
