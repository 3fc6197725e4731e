import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { accounts, conversations, members, session, tags, workspace } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { ConversationDetail, ConversationFilters, Message, Session, SourceRules } from "@/api/types";
import { placeMessage } from "@/lib/pages";
import { unsentOf } from "@/live/outbox";
import { withRecentConversations, withRecentMessages } from "@/live/reducer";

/** What several parts of the page read; the socket keeps it current, so nothing here is asked for again by age. */

export function useSessionQuery() {
  return useQuery({ queryKey: keys.session, queryFn: session.current, staleTime: Infinity, gcTime: Infinity, retry: false });
}

/** The signed-in user. Only below the gate that has loaded it. */
export function useSession(): Session {
  const { data } = useSessionQuery();
  if (!data) throw new Error("used outside of a session");
  return data;
}

export function meOf(client: QueryClient): string {
  return client.getQueryData<Session>(keys.session)?.user.id ?? "";
}

export function useConversations(filters: ConversationFilters) {
  const client = useQueryClient();
  return useInfiniteQuery({
    queryKey: keys.conversations(filters),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const started = performance.now();
      const page = await conversations.list(filters, pageParam, { signal });
      return pageParam === null ? withRecentConversations(page, filters, meOf(client), started) : page;
    },
    getNextPageParam: (page) => page.next,
  });
}

export function useCounts() {
  return useQuery({ queryKey: keys.counts, queryFn: ({ signal }) => conversations.counts({ signal }) });
}

/** Where the platform of an old conversation is no longer known, nothing can be sent; notes can. */
const NO_RULES: SourceRules = {
  abilities: [],
  text: { maximum: 100_000, unit: "codepoints" },
  public: false,
  splits: false,
  caption: null,
  captionless: [],
  max_attachments: 0,
  kinds: {},
  window: null,
  private_window: null,
  private_once: false,
};

export type Detail = ConversationDetail & { rules: SourceRules };

function withRules(detail: ConversationDetail): Detail {
  return { ...detail, rules: detail.rules ?? NO_RULES };
}

export function useConversation(id: string) {
  return useQuery({ queryKey: keys.conversation(id), queryFn: ({ signal }) => conversations.detail(id, { signal }), select: withRules });
}

function withUnsent(items: Message[], conversation: string): Message[] {
  let pages = [{ items, before: null as string | null }];
  for (const message of unsentOf(conversation)) pages = placeMessage(pages, message);
  return pages[0]!.items;
}

export function useMessages(id: string) {
  return useInfiniteQuery({
    queryKey: keys.messages(id),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const started = performance.now();
      const page = await conversations.messages(id, pageParam, { signal });
      if (pageParam !== null) return page;
      const merged = withRecentMessages(page, id, started);
      return { ...merged, items: withUnsent(merged.items, id) };
    },
    getNextPageParam: (page) => page.before,
  });
}

export function useMembers(enabled = true) {
  return useQuery({ queryKey: keys.members, queryFn: members.list, enabled, placeholderData: keepPreviousData });
}

export function useTags() {
  return useQuery({ queryKey: keys.tags, queryFn: tags.list });
}

export function useAccounts() {
  return useQuery({ queryKey: keys.accounts, queryFn: accounts.list });
}

export function usePlatforms() {
  return useQuery({ queryKey: keys.platforms, queryFn: accounts.platforms });
}

export function useWorkspace() {
  return useQuery({ queryKey: keys.workspace, queryFn: workspace.current });
}
