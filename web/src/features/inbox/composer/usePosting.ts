import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { messages as messagesApi } from "@/api/endpoints";
import type { Attachment, Conversation, Message, SendBody } from "@/api/types";
import type { Mode } from "@/features/inbox/composer/drafts";
import { filesOf, rememberFiles } from "@/features/inbox/composer/files";
import { compose } from "@/features/inbox/composer/intent";
import { now } from "@/lib/clock";
import { clearRefusal, post, type Outgoing, type Refusal } from "@/live/outbox";
import { useSession, useWorkspace } from "@/live/queries";
import { applyMessage } from "@/live/reducer";
import { offerUndo, sayProblem } from "@/ui/toasts";

export interface Draft {
  mode: Mode;
  content: string;
  attachments: Attachment[];
  files: File[];
  /** Descriptions of pictures, by attachment id. */
  alts?: Record<string, string>;
  template?: SendBody["template"];
  quoted?: string | null;
  privateTo?: string | null;
  lastSeen: number;
}

/** The messages that a colleague sent meanwhile, as the refusal brings them. */
function newerOf(refusal: Refusal): Message[] {
  const { messages, newer } = refusal.problem.extra as { messages?: Message[]; newer?: Message[] };
  return messages ?? newer ?? [];
}

export function usePosting(conversation: Conversation) {
  const { t } = useTranslation("inbox");
  const client = useQueryClient();
  const me = useSession().user;
  const { data: workspace } = useWorkspace();
  const undoSeconds = Number(workspace?.settings.undo_seconds ?? 0);

  const onSent = useCallback(
    (outgoing: Outgoing, sent: Message[]) => {
      if (outgoing.mode === "note" || undoSeconds <= 0) return;
      const undo = async () => {
        try {
          for (const message of sent) applyMessage(client, await messagesApi.cancel(message.id), me.id);
          compose(outgoing.conversation, outgoing.mode, null, outgoing.body.content, filesOf(outgoing.key));
        } catch (error) {
          sayProblem(t("undoFailed"), error);
        }
      };
      offerUndo(t("sent"), () => void undo(), undoSeconds * 1000);
    },
    [client, me.id, t, undoSeconds],
  );

  const send = (draft: Draft) => {
    const outgoing: Outgoing = {
      key: crypto.randomUUID(),
      conversation: conversation.id,
      mode: draft.mode,
      body: {
        content: draft.template ? "" : draft.content,
        ...(draft.mode !== "note" && { last_seen_arrival: draft.lastSeen }),
        ...(draft.attachments.length > 0 && { attachments: draft.attachments.map((attachment) => attachment.id) }),
        ...(draft.alts && Object.keys(draft.alts).length > 0 && { alt_texts: draft.alts }),
        ...(draft.template && { template: draft.template }),
        ...(draft.quoted && { quoted: draft.quoted }),
        ...(draft.privateTo && { private_to: draft.privateTo }),
      },
      shown: draft.content,
      attachments: draft.attachments,
      author: { id: me.id, name: me.name },
      at: new Date(now()).toISOString(),
    };
    rememberFiles(outgoing.key, draft.files);
    post(client, outgoing, onSent);
  };

  /** Sends a refused reply after all: having seen the newer ones, or as a note. */
  const again = (refusal: Refusal, mode: Mode) => {
    const { outgoing } = refusal;
    clearRefusal(outgoing.conversation);
    const seen = newerOf(refusal).reduce((last, message) => Math.max(last, message.arrival), outgoing.body.last_seen_arrival ?? 0);
    const body = mode === "note" ? { content: outgoing.body.content } : { ...outgoing.body, last_seen_arrival: seen };
    post(client, { ...outgoing, mode, body, key: crypto.randomUUID(), at: new Date(now()).toISOString() }, onSent);
  };

  return { send, again, newerOf };
}
