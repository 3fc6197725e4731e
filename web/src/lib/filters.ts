import type { Conversation, ConversationFilters } from "@/api/types";
import { longestWaitingFirst, newestFirst, soonestDueFirst } from "@/lib/order";

export type View = "mine" | "unassigned" | "all" | "pending" | "resolved" | `account-${string}`;
export const VIEWS = ["mine", "unassigned", "all", "pending", "resolved"] as const;

/** What a view lists before anything is filtered further. */
export function filtersOfView(view: string): ConversationFilters {
  if (view.startsWith("account-")) return { status: "open", account: view.slice("account-".length) };
  switch (view) {
    case "mine":
      return { status: "open", assignee: "me" };
    case "unassigned":
      return { status: "open", assignee: "none" };
    case "pending":
      return { status: "pending" };
    case "resolved":
      return { status: "resolved" };
    default:
      return { status: "open" };
  }
}

const NAMES = ["status", "assignee", "account", "platform", "source", "priority", "tag", "unread", "q", "sort"] as const;
export type FilterName = (typeof NAMES)[number];

/** The address bar's search part: `status=any` lifts the view's own status. */
export type InboxSearch = Partial<Record<FilterName, string | boolean>>;

export function parseSearch(given: Record<string, unknown>): InboxSearch {
  const search: InboxSearch = {};
  for (const name of NAMES) {
    const value = given[name];
    if (name === "unread" ? value === true || value === "true" : typeof value === "string" && value !== "") {
      search[name] = name === "unread" ? true : (value as string);
    } else if (typeof value === "number") search[name] = String(value);
  }
  return search;
}

export function filtersOf(view: string, search: InboxSearch): ConversationFilters {
  const merged: Record<string, unknown> = { ...filtersOfView(view), ...search };
  if (merged.status === "any") delete merged.status;
  if (merged.assignee === "any") delete merged.assignee;
  return merged as ConversationFilters;
}

/** Filters that the user added to the view, in the order in which they are shown. */
export function addedFilters(search: InboxSearch): FilterName[] {
  return NAMES.filter((name) => name !== "sort" && search[name] !== undefined);
}

/** Whether a conversation belongs into a list. "unknown" where only the server can tell (text search). */
export function belongs(filters: ConversationFilters, conversation: Conversation, me: string): boolean | "unknown" {
  const { status, assignee, account, platform, source, priority, tag, unread, customer, sort } = filters;
  const fits =
    (!status || conversation.status === status) &&
    (!assignee || conversation.assigned_to === (assignee === "none" ? null : assignee === "me" ? me : assignee)) &&
    (!account || conversation.account_id === account) &&
    (!platform || conversation.platform === platform) &&
    (!source || conversation.source === source) &&
    (!priority || conversation.priority === priority) &&
    (!tag || conversation.tags.some((name) => name.toLowerCase() === tag.toLowerCase())) &&
    (!unread || conversation.unread_count > 0) &&
    (!customer || conversation.customer_id === customer) &&
    (sort !== "waiting" || conversation.waiting_since !== null);
  if (!fits) return false;
  return filters.q ? "unknown" : true;
}

export function orderOf(filters: ConversationFilters): (left: Conversation, right: Conversation) => number {
  if (filters.sort === "answer_by") return soonestDueFirst;
  return filters.sort === "waiting" ? longestWaitingFirst : newestFirst;
}
