import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation, Message } from "@/api/types";
import { Activities } from "@/features/inbox/thread/Activities";
import { MessageView } from "@/features/inbox/thread/MessageView";
import { firstUnreadOf, segmentsOf } from "@/features/inbox/thread/segments";
import classes from "@/features/inbox/thread/Stream.module.css";
import { useNow } from "@/lib/clock";
import { dayName } from "@/lib/time";
import { useCustomerTyping } from "@/live/presence";
import { useLocale } from "@/ui/i18n";
import { ArrowDown } from "@/ui/icons";
import { Bone } from "@/ui/states";

interface Props {
  messages: Message[];
  conversation: Conversation;
  hasOlder: boolean;
  loadingOlder: boolean;
  onOlder: () => unknown;
  onSeen: () => void;
}

const NEAR_END = 60;
const NEAR_TOP = 600;

/** The messages. Keeps its place whatever is added above, in between or below. */
export function Stream({ messages, conversation, hasOlder, loadingOlder, onOlder, onSeen }: Props) {
  const { t } = useTranslation("inbox");
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const anchor = useRef<{ key: string; top: number } | null>(null);
  const [behind, setBehind] = useState(0);
  const [firstUnread] = useState(() => firstUnreadOf(messages, conversation.unread_count));
  const segments = useMemo(() => segmentsOf(messages, firstUnread), [messages, firstUnread]);
  const byPlatformId = useMemo(
    () => new Map(messages.flatMap((message) => (message.platform_message_id ? [[message.platform_message_id, message]] : []))),
    [messages],
  );

  /** Remembers which message is at the top of the view, and where. */
  const noteAnchor = () => {
    const frame = scroller.current;
    if (!frame) return;
    const top = frame.getBoundingClientRect().top;
    for (const child of content.current?.children ?? []) {
      const box = child.getBoundingClientRect();
      if (box.bottom > top && child instanceof HTMLElement && child.dataset.key) {
        anchor.current = { key: child.dataset.key, top: box.top - top };
        return;
      }
    }
  };
  const restore = () => {
    const frame = scroller.current;
    if (!frame) return;
    if (atEnd.current) {
      frame.scrollTop = frame.scrollHeight;
      return;
    }
    const held = anchor.current;
    const child = held && content.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(held.key)}"]`);
    if (!held || !child) return;
    frame.scrollTop += child.getBoundingClientRect().top - frame.getBoundingClientRect().top - held.top;
  };
  const onScroll = () => {
    const frame = scroller.current!;
    atEnd.current = frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_END;
    noteAnchor();
    if (atEnd.current) {
      setBehind(0);
      onSeen();
    } else setBehind((before) => before || -1);
    if (frame.scrollTop < NEAR_TOP && hasOlder && !loadingOlder) onOlder();
  };

  // Opens at the first unread message, else at the end.
  useLayoutEffect(() => {
    const frame = scroller.current!;
    const line = content.current?.querySelector<HTMLElement>('[data-key="new"]');
    frame.scrollTop = frame.scrollHeight;
    if (line) {
      const above = line.getBoundingClientRect().top - frame.getBoundingClientRect().top;
      if (above < 0) frame.scrollTop += above - 24;
    }
    atEnd.current = frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_END;
    noteAnchor();
    onSeen();
    // oxlint-disable-next-line react/exhaustive-deps -- once, when the thread is opened
  }, []);

  const lastSeen = useRef(messages.at(-1)?.id);
  useLayoutEffect(() => {
    const last = messages.at(-1);
    if (last && last.id !== lastSeen.current) {
      const from = messages.findIndex((message) => message.id === lastSeen.current);
      if (last.direction === "outbound" && last.id.startsWith("local:")) atEnd.current = true;
      if (!atEnd.current && from >= 0) setBehind((before) => Math.max(0, before) + messages.length - 1 - from);
      lastSeen.current = last.id;
    }
    restore();
  }, [messages]);

  // The count of unread ones comes as a fact of its own, before or after the message.
  useEffect(() => {
    if (atEnd.current) onSeen();
  }, [messages, conversation.unread_count, onSeen]);

  useEffect(() => {
    const watch = new ResizeObserver(restore);
    watch.observe(content.current!);
    watch.observe(scroller.current!);
    return () => watch.disconnect();
  }, []);

  const toEnd = () => {
    atEnd.current = true;
    setBehind(0);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  return (
    <div className={classes.frame}>
      <div ref={scroller} className={classes.scroller} onScroll={onScroll} tabIndex={0} data-pane-focus aria-label={t("thread.messages")} role="log" aria-live="polite" aria-relevant="additions">
        <div ref={content} className={classes.content}>
          {hasOlder && (
            <div className={classes.older} aria-hidden>
              <Bone width="40%" height={36} />
            </div>
          )}
          {segments.map((segment) => (
            <div key={segment.key} data-key={segment.key} className={classes.segment} data-joined={(segment.type === "message" && segment.joined) || undefined}>
              {segment.type === "day" && <Day at={segment.at} />}
              {segment.type === "new" && <p className={classes.new}>{t("thread.new")}</p>}
              {segment.type === "activities" && <Activities messages={segment.messages} />}
              {segment.type === "message" && (
                <MessageView
                  message={segment.message}
                  joined={segment.joined}
                  conversation={conversation}
                  quoted={segment.message.quoted ? (byPlatformId.get(segment.message.quoted) ?? null) : null}
                />
              )}
            </div>
          ))}
          <TypingLine conversation={conversation} />
        </div>
      </div>
      {behind !== 0 && (
        <button type="button" className={classes.jump} onClick={toEnd}>
          <ArrowDown size={16} aria-hidden />
          {behind > 0 ? t("thread.jumpNew", { count: behind }) : t("thread.jump")}
        </button>
      )}
    </div>
  );
}

function Day({ at }: { at: string }) {
  const locale = useLocale();
  const now = useNow(60_000);
  return (
    <h3 className={classes.day}>
      <span>{dayName(at, now, locale)}</span>
    </h3>
  );
}

/** Has its room reserved, so that nothing jumps when it comes and goes. */
function TypingLine({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const typing = useCustomerTyping(conversation.id);
  return <p className={classes.typing}>{typing && t("thread.customerTyping", { name: conversation.customer_name })}</p>;
}
