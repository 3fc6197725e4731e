import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { conversations } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Conversation } from "@/api/types";
import { Composer } from "@/features/inbox/composer/Composer";
import { neighborOf, usePlace } from "@/features/inbox/place";
import { Collision } from "@/features/inbox/thread/Collision";
import { GroundContext } from "@/features/inbox/thread/ground";
import { Linked } from "@/features/inbox/thread/Linked";
import { PostCard } from "@/features/inbox/thread/PostCard";
import { Stream } from "@/features/inbox/thread/Stream";
import classes from "@/features/inbox/thread/Thread.module.css";
import { ThreadHead } from "@/features/inbox/thread/ThreadHead";
import { messagesOf } from "@/lib/pages";
import { useConversation, useMessages } from "@/live/queries";
import { isLocal } from "@/live/reducer";
import { Button } from "@mantine/core";
import { Search } from "@/ui/icons";
import { Bone, Empty, Failed, ProgressLine, SkeletonRows } from "@/ui/states";

interface Props {
  id: string;
  onDetails: () => void;
}

/** What the list already knows of a conversation, shown until the rest has come. */
function useListed(id: string): Conversation | undefined {
  const client = useQueryClient();
  return useMemo(() => {
    for (const [, data] of client.getQueriesData<{ pages: { items: Conversation[] }[] }>({ queryKey: ["conversations"] })) {
      for (const page of data?.pages ?? []) {
        const found = page.items.find((item) => item.id === id);
        if (found) return found;
      }
    }
    return undefined;
  }, [client, id]);
}

export function Thread({ id, onDetails }: Props) {
  const { t } = useTranslation("inbox");
  const place = usePlace();
  const detail = useConversation(id);
  const listed = useListed(id);
  const messages = useMessages(id);
  const conversation = detail.data?.conversation ?? listed;
  const all = useMemo(() => messagesOf(messages.data?.pages ?? []), [messages.data]);
  const arrival = useMemo(
    () => all.reduce((last, message) => (isLocal(message) ? last : Math.max(last, message.arrival)), 0),
    [all],
  );
  const markRead = useMarkRead(id, arrival, conversation?.unread_count ?? 0);
  const { rules, may, banned, account } = detail.data ?? {};
  const ground = useMemo(() => (rules && may && banned && account ? { rules, may, banned, account } : null), [rules, may, banned, account]);
  const leave = useCallback(() => {
    const next = neighborOf(id);
    place.open(next, true);
  }, [id, place]);

  if (detail.isError && !detail.data) {
    const status = asProblem(detail.error).status;
    if (status === 404 || status === 403 || status === 422) {
      return (
        <Empty icon={Search} title={t("thread.notFound")} text={t("thread.notFoundText")}>
          <Button variant="default" onClick={() => place.open(null)}>
            {t("thread.back")}
          </Button>
        </Empty>
      );
    }
    return <Failed error={detail.error} onRetry={() => void detail.refetch()} />;
  }
  return (
    <div className={classes.thread}>
      {conversation ? (
        <ThreadHead conversation={conversation} rules={detail.data?.rules} onDetails={onDetails} onDone={leave} />
      ) : (
        <div className={classes.headBones}>
          <Bone width={180} height={16} />
        </div>
      )}
      <div className={classes.middle}>
        <ProgressLine active={(detail.isFetching && !detail.isPending) || (messages.isFetching && !messages.isPending && !messages.isFetchingNextPage)} />
        {conversation && <PostCard conversation={conversation} post={detail.data?.post ?? null} />}
        {detail.data && <Linked linked={detail.data.linked} />}
        <Collision conversation={id} />
        {messages.isPending && <SkeletonRows count={6} height={84} />}
        {messages.isError && <Failed error={messages.error} onRetry={() => void messages.refetch()} />}
        {messages.data && conversation && (
          <GroundContext value={ground}>
            <Stream
              messages={all}
              conversation={conversation}
              hasOlder={messages.hasNextPage}
              loadingOlder={messages.isFetchingNextPage}
              onOlder={messages.fetchNextPage}
              onSeen={markRead}
            />
          </GroundContext>
        )}
      </div>
      {detail.data ? (
        <Composer detail={detail.data} lastSeen={arrival} messages={all} onDone={leave} />
      ) : (
        <div className={classes.composerRoom} />
      )}
    </div>
  );
}

/** Marks as read what a person has had on the screen; never because something was renewed in the background. */
function useMarkRead(id: string, arrival: number, unread: number): () => void {
  const client = useQueryClient();
  const told = useRef(0);
  const state = useRef({ arrival, unread });
  state.current = { arrival, unread };
  const mark = useCallback(() => {
    const { arrival: last, unread: count } = state.current;
    if (count === 0 || last === 0 || last <= told.current || document.visibilityState !== "visible") return;
    told.current = last;
    conversations
      .markRead(id, last)
      .then(() => client.invalidateQueries({ queryKey: keys.counts }))
      .catch(() => {
        told.current = 0;
      });
  }, [client, id]);
  useEffect(() => {
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [mark]);
  return mark;
}
