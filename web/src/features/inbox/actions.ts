import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Conversation, ConversationDetail, ConversationPatch, Priority, Status } from "@/api/types";
import { meOf } from "@/live/queries";
import { applyConversation } from "@/live/reducer";
import { offerUndo, sayProblem } from "@/ui/toasts";

/** Shows the change at once, asks the server, and rolls back with a word if it refuses. */
async function change(client: QueryClient, before: Conversation, patch: ConversationPatch, failed: string): Promise<boolean> {
  const me = meOf(client);
  applyConversation(client, { ...before, ...patch }, me);
  try {
    applyConversation(client, await conversations.change(before.id, patch), me);
    return true;
  } catch (error) {
    const now = client.getQueryData<ConversationDetail>(keys.conversation(before.id))?.conversation ?? before;
    const back = Object.fromEntries(Object.keys(patch).map((name) => [name, before[name as keyof Conversation]]));
    applyConversation(client, { ...now, ...back }, me);
    sayProblem(failed, asProblem(error));
    return false;
  }
}

export interface Actions {
  setStatus: (status: Status) => void;
  snooze: (until: string | null) => void;
  assign: (user: string | null) => void;
  setPriority: (priority: Priority) => void;
  toggleTag: (tag: string) => void;
  markUnread: () => void;
}

/** What can be done with a conversation. Everything can be taken back. */
export function useActions(conversation: Conversation): Actions {
  const { t } = useTranslation("inbox");
  const client = useQueryClient();
  return useMemo(() => {
    const run = (patch: ConversationPatch, back: ConversationPatch, done: string | null) => {
      const failed = t("changeFailed");
      void change(client, conversation, patch, failed);
      if (done) offerUndo(done, () => void change(client, { ...conversation, ...patch }, back, failed));
    };
    const state: ConversationPatch = { status: conversation.status, snoozed_until: conversation.snoozed_until };
    return {
      setStatus: (status) => run({ status }, state, t(`done.${status}`)),
      snooze: (until) => run({ status: "pending", snoozed_until: until }, state, t("done.snoozed")),
      assign: (user) =>
        run({ assigned_to: user }, { assigned_to: conversation.assigned_to }, t(user ? "done.assigned" : "done.unassigned")),
      setPriority: (priority) => run({ priority }, { priority: conversation.priority }, t("done.priority")),
      toggleTag: (tag) => {
        const has = conversation.tags.includes(tag);
        const tags = has ? conversation.tags.filter((name) => name !== tag) : [...conversation.tags, tag];
        run({ tags }, { tags: conversation.tags }, null);
      },
      markUnread: () => void conversations.markUnread(conversation.id).catch((error) => sayProblem(t("changeFailed"), error)),
    };
  }, [client, conversation, t]);
}
