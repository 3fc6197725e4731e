import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { createContext, useContext, useMemo } from "react";
import type { ConversationFilters } from "@/api/types";
import { filtersOf, type InboxSearch } from "@/lib/filters";
import { createStore } from "@/lib/store";

/** Where in the inbox one is. All of it lives in the address. */
export interface Place {
  view: string;
  search: InboxSearch;
  filters: ConversationFilters;
  conversation: string | null;
  open: (conversation: string | null, replace?: boolean) => void;
  setSearch: (change: InboxSearch) => void;
  hrefOf: (conversation: string) => string;
}

const PlaceContext = createContext<Place | null>(null);
export const PlaceProvider = PlaceContext.Provider;

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error("used outside of the inbox");
  return place;
}

export function useAddress(): Place {
  const navigate = useNavigate();
  const { view = "all", conversation = null } = useParams({ strict: false }) as { view?: string; conversation?: string };
  const search = useSearch({ strict: false }) as InboxSearch;
  return useMemo(() => {
    const keep = (before: object) => before;
    return {
      view,
      search,
      filters: filtersOf(view, search),
      conversation,
      open: (id, replace = false) =>
        void (id
          ? navigate({ to: "/inbox/$view/$conversation", params: { view, conversation: id }, search: keep, replace })
          : navigate({ to: "/inbox/$view", params: { view }, search: keep, replace })),
      setSearch: (change) =>
        void navigate({
          to: conversation ? "/inbox/$view/$conversation" : "/inbox/$view",
          params: { view, conversation: conversation ?? "" },
          search: (before: object) => withoutEmpty({ ...before, ...change }),
          replace: true,
        }),
      hrefOf: (id) => {
        const query = new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)])).toString();
        return `/inbox/${view}/${id}${query ? `?${query}` : ""}`;
      },
    };
  }, [navigate, view, conversation, search]);
}

function withoutEmpty(search: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== "" && value !== false));
}

/** The list's rows in the order in which they are shown: for "next" and "previous". */
export const shownOrder = createStore<string[]>([]);

/** The row to go to when `id` is done: the one below it, else the one above. */
export function neighborOf(id: string): string | null {
  const order = shownOrder.get();
  const at = order.indexOf(id);
  if (at < 0) return null;
  return order[at + 1] ?? order[at - 1] ?? null;
}
