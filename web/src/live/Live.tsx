import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from "react";
import { keys } from "@/api/keys";
import type { Viewer } from "@/api/types";
import { connection, setConnection } from "@/live/connection";
import { recentConversations, recentMessages } from "@/live/freshest";
import { watchIdle } from "@/live/idle";
import { postWaiting } from "@/live/outbox";
import { customerTypes, setViewers } from "@/live/presence";
import { applyFacts } from "@/live/reducer";
import { LiveSocket, type Frame } from "@/live/socket";

interface Live {
  /** Tells colleagues which conversation is open here and whether its answer is being written. */
  tellPresence: (conversation: string | null, typing: boolean) => void;
}

const LiveContext = createContext<Live>({ tellPresence: () => undefined });

export function useLive(): Live {
  return useContext(LiveContext);
}

const COUNTS_EVERY = 3000;
const RETRY_EVERY = 8000;

/** Asks for the counts again, soon and not more often than every few seconds. */
function countsRefresher(client: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  return () => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        last = Date.now();
        void client.invalidateQueries({ queryKey: keys.counts });
      },
      Math.max(300, last + COUNTS_EVERY - Date.now()),
    );
  };
}

/** Everything except the session may be behind: what is on screen is loaded again now, the rest when it is needed. */
function reloadAll(client: QueryClient): void {
  recentConversations.clear();
  recentMessages.clear();
  void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

/** What was read before the socket began to listen may miss something. */
function reloadOlder(client: QueryClient): void {
  const opened = Date.now();
  void client.invalidateQueries({
    predicate: ({ queryKey, state }) =>
      queryKey[0] !== "session" && (state.dataUpdatedAt <= opened) && (state.dataUpdatedAt > 0 || state.fetchStatus === "fetching"),
  });
}

function onEphemeral(frame: Frame): void {
  const conversation = String(frame.conversation_id);
  if (frame.type === "presence") setViewers(conversation, frame.viewers as Viewer[]);
  else if (frame.type === "customer_typing") customerTypes(conversation);
}

function address(): string {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/api/v1/live`;
}

interface Props {
  me: string;
  children: ReactNode;
}

/** Keeps the socket open while somebody is signed in. */
export function LiveProvider({ me, children }: Props) {
  const client = useQueryClient();
  const presence = useRef({ conversation: null as string | null, typing: false });
  const socket = useRef<LiveSocket | null>(null);

  useEffect(() => {
    const refreshCounts = countsRefresher(client);
    const tell = () =>
      live.send({ type: "presence", conversation_id: presence.current.conversation, typing: presence.current.typing });
    const live = new LiveSocket(address(), {
      onFacts: (facts) => {
        if (applyFacts(client, facts, me).countsMoved) refreshCounts();
      },
      onEphemeral,
      onReload: () => reloadAll(client),
      onOpen: (first) => {
        setConnection("online");
        if (first) reloadOlder(client);
        tell();
        live.send({ type: "active", idle: watching.idle() });
        void postWaiting(client, () => undefined);
      },
      onClose: (reason) => {
        setConnection(connection.get().state === "connecting" ? "connecting" : "reconnecting");
        if (reason === "signed_out" || reason === "removed") void client.invalidateQueries({ queryKey: keys.session });
      },
    });
    const watching = watchIdle((idle) => live.send({ type: "active", idle }));
    socket.current = live;
    live.start();
    const hurry = () => {
      live.hurry();
      void postWaiting(client, () => undefined);
    };
    // The network may fail for requests while the socket holds: what waits is tried again by itself.
    const retry = setInterval(() => {
      if (connection.get().unsent > 0 && connection.get().state === "online") void postWaiting(client, () => undefined);
    }, RETRY_EVERY);
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    return () => {
      clearInterval(retry);
      watching.stop();
      window.removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      live.stop();
      socket.current = null;
    };
  }, [client, me]);

  const value = useMemo<Live>(
    () => ({
      tellPresence: (conversation, typing) => {
        presence.current = { conversation, typing };
        socket.current?.send({ type: "presence", conversation_id: conversation, typing });
      },
    }),
    [],
  );
  return <LiveContext value={value}>{children}</LiveContext>;
}
