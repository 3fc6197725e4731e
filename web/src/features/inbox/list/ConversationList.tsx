import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/inbox/list/ConversationList.module.css";
import { ListHead } from "@/features/inbox/list/ListHead";
import { Row } from "@/features/inbox/list/Row";
import { useFrozen, type Shown } from "@/features/inbox/list/useFrozen";
import { draftsHeld } from "@/features/inbox/composer/drafts";
import { shownOrder, usePlace } from "@/features/inbox/place";
import { addedFilters } from "@/lib/filters";
import { useKeys } from "@/lib/keys";
import { rowsOf } from "@/lib/pages";
import { recall, remember } from "@/lib/remember";
import { useStore } from "@/lib/store";
import { useConversations, useMembers, useSession } from "@/live/queries";
import { CircleCheck, Inbox, Search } from "@/ui/icons";
import { Empty, Failed, ProgressLine, SkeletonRows } from "@/ui/states";

const HEIGHT = { comfortable: 84, compact: 60 };
export type Density = keyof typeof HEIGHT;

export function ConversationList() {
  const { filters, search, view } = usePlace();
  const [density, setDensity] = useState<Density>(() => (recall("density") === "compact" ? "compact" : "comfortable"));
  const query = useConversations(filters);
  const rows = useMemo(() => rowsOf(query.data?.pages ?? []), [query.data]);
  const changeDensity = () =>
    setDensity((before) => {
      const next = before === "compact" ? "comfortable" : "compact";
      remember("density", next);
      return next;
    });
  return (
    <>
      <ListHead count={rows.length} more={query.hasNextPage} density={density} onDensity={changeDensity} />
      <div className={classes.body}>
        <ProgressLine active={query.isFetching && !query.isPending} />
        {query.isPending && <SkeletonRows height={HEIGHT[density]} count={10} />}
        {query.isError && <Failed error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && rows.length === 0 && <NothingHere filtered={addedFilters(search).length > 0} />}
        {rows.length > 0 && (
          <Rows
            key={`${view}?${JSON.stringify(search)}`}
            scrollKey={`${view}?${JSON.stringify(search)}`}
            live={rows}
            height={HEIGHT[density]}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? query.fetchNextPage : undefined}
          />
        )}
      </div>
    </>
  );
}

function NothingHere({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation("inbox");
  const { view, setSearch, search } = usePlace();
  if (filtered) {
    const none = Object.fromEntries(addedFilters(search).map((name) => [name, undefined]));
    return (
      <Empty icon={Search} title={t("list.noMatch")}>
        <Button variant="default" onClick={() => setSearch(none)}>
          {t("filter.clear")}
        </Button>
      </Empty>
    );
  }
  if (view === "resolved" || view === "pending") return <Empty icon={Inbox} title={t("list.empty")} />;
  return <Empty icon={CircleCheck} title={t("list.allDone")} text={t("list.allDoneText")} />;
}

interface RowsProps {
  live: Shown["conversation"][];
  height: number;
  scrollKey: string;
  onEnd?: () => unknown;
}

const scrolledTo = new Map<string, number>();
const SETTLE = 4000;

/** The rows alone know about scrolling, so that scrolling renders nothing else. */
function Rows({ live, height, scrollKey, onEnd }: RowsProps) {
  const { t } = useTranslation("inbox");
  const place = usePlace();
  const { conversation: open, hrefOf } = place;
  const me = useSession().user.id;
  const { data: members } = useMembers();
  const drafts = useStore(draftsHeld);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string | null>(open);
  const { rows, waiting, hold, release, isHeld } = useFrozen(live, open);
  const hovering = useRef(false);
  const navigated = useRef(0);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: (index) => rows[index]?.conversation.id ?? index,
    initialOffset: () => scrolledTo.get(scrollKey) ?? 0,
  });
  useEffect(() => virtualizer.measure(), [height, virtualizer]);
  useEffect(() => shownOrder.set(rows.map((row) => row.conversation.id)), [rows]);
  useEffect(() => {
    if (open) setCursor(open);
  }, [open]);

  const letGo = useCallback(() => {
    if (hovering.current || (scroller.current?.scrollTop ?? 0) > 0) return;
    if (performance.now() - navigated.current < SETTLE) return;
    release();
  }, [release]);
  useEffect(() => {
    if (!isHeld) return;
    const timer = setInterval(letGo, 1000);
    return () => clearInterval(timer);
  }, [isHeld, letGo]);

  const onScroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    scrolledTo.set(scrollKey, top);
    if (top > 0) hold();
    else letGo();
  };
  const items = virtualizer.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (end >= rows.length - 12) onEnd?.();
  }, [end, rows.length, onEnd]);

  const openRow = useCallback(
    (id: string) => {
      setCursor(id);
      place.open(id);
    },
    [place],
  );
  const moveTo = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    navigated.current = performance.now();
    hold();
    setCursor(row.conversation.id);
    virtualizer.scrollToIndex(rows.indexOf(row), { align: "auto" });
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${row.conversation.id}"]`)?.focus({ preventScroll: true }),
    );
  };
  const at = rows.findIndex((row) => row.conversation.id === cursor);
  const inList = (event: KeyboardEvent) => scroller.current?.contains(event.target as Node) ?? false;
  useKeys({
    j: () => moveTo(at + 1),
    k: () => moveTo(at < 0 ? 0 : at - 1),
    ArrowDown: (event) => inList(event) && moveTo(at + 1),
    ArrowUp: (event) => inList(event) && moveTo(at - 1),
    Home: (event) => inList(event) && moveTo(0),
    End: (event) => inList(event) && moveTo(rows.length - 1),
    Enter: (event) => {
      if (inList(event) && cursor) openRow(cursor);
      else if (event.target instanceof HTMLElement) event.target.click();
    },
  });

  const names = useMemo(() => new Map(members?.items.map((member) => [member.user_id, member.name])), [members]);
  const tabbable = at >= 0 ? cursor : rows[0]?.conversation.id;
  return (
    <>
      {waiting > 0 && (
        <button
          type="button"
          className={classes.pill}
          onClick={() => {
            release();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {t("list.waiting", { count: waiting })}
        </button>
      )}
      <div
        ref={scroller}
        className={classes.scroller}
        onScroll={onScroll}
        onPointerEnter={() => {
          hovering.current = true;
          hold();
        }}
        onPointerLeave={() => {
          hovering.current = false;
          letGo();
        }}
      >
        <div className={classes.content} style={{ height: virtualizer.getTotalSize() }} role="list" aria-label={t("list.label")}>
          {items.map((item) => {
            const row = rows[item.index]!;
            const { id, assigned_to: assigned } = row.conversation;
            return (
              <div key={item.key} role="listitem" aria-setsize={rows.length} aria-posinset={item.index + 1} className={classes.place} style={{ transform: `translateY(${item.start}px)` }}>
                <Row
                  conversation={row.conversation}
                  gone={row.gone}
                  href={hrefOf(id)}
                  open={id === open}
                  cursor={id === tabbable}
                  me={me}
                  assignee={assigned ? (names.get(assigned) ?? null) : null}
                  draft={drafts.has(id)}
                  compact={height === HEIGHT.compact}
                  onOpen={openRow}
                />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
