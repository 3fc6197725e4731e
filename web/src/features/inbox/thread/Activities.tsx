import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json, Message } from "@/api/types";
import classes from "@/features/inbox/thread/Activities.module.css";
import { PayloadButton } from "@/features/inbox/thread/PayloadButton";
import { dateTime, languageName } from "@/lib/time";
import { useMembers } from "@/live/queries";
import { useLocale } from "@/ui/i18n";
import { useReasons } from "@/ui/reasons";
import { Clock } from "@/ui/Time";

const SHOWN = 2;

/** What happened between the messages; longer runs are folded. */
export function Activities({ messages }: { messages: Message[] }) {
  const { t } = useTranslation("inbox");
  const [all, setAll] = useState(false);
  if (messages.length > SHOWN && !all) {
    return (
      <p className={classes.line}>
        <button type="button" onClick={() => setAll(true)}>
          {t("activity.folded", { count: messages.length })}
        </button>
      </p>
    );
  }
  return messages.map((message) => <Activity key={message.id} message={message} />);
}

function Activity({ message }: { message: Message }) {
  const { t, i18n } = useTranslation(["inbox", "routing"]);
  const locale = useLocale();
  const { data: members } = useMembers();
  const reasons = useReasons();
  const { metadata } = message;
  const nameOf = (value: unknown) => members?.items.find((member) => member.user_id === value)?.name;
    const values: Record<string, unknown> = {
    ...metadata,
    actor: message.sender_name || t("activity.system"),
    assignee: metadata.to_name ?? nameOf(metadata.to) ?? t("assign.nobody"),
    status: named("status", metadata.to),
    priority: named("priority", metadata.priority ?? metadata.to),
    team: metadata.team ?? "",
    language: typeof metadata.to === "string" ? languageName(metadata.to, locale) : t("routing:hand.unknown"),
    until: typeof metadata.until === "string" ? dateTime(metadata.until, locale) : "",
    clock: named("clock", metadata.clock),
    due: typeof metadata.due_at === "string" ? dateTime(metadata.due_at, locale) : "",
    added: joined(metadata.added),
    removed: joined(metadata.removed),
    what: metadata.unsupported ?? metadata.what ?? message.content_type,
  };
  const code = codeOf(message);
  function named(area: string, value: unknown): string {
    const name = `${area}.${String(value)}`;
    return i18n.exists(name, { ns: "inbox" }) ? String(t(name as "status.open")) : String(value ?? "");
  }
  const key = `activity.${code}`;
  const why = routed(message);
  const text = why ?? (i18n.exists(key, { ns: "inbox", count: Number(metadata.count ?? 0) })
    ? String(t(key as "activity.assigned", values as never))
    : message.content || t("activity.other", { what: message.content_type }));
  function routed({ content_type: kind, metadata: { reason, to } }: Message): string | null {
    if (kind === "assigned" && reasons.tells(reason)) return reasons.assigned(String(nameOf(to) ?? t("assign.nobody")), reason);
    return kind === "unassigned" && reason ? reasons.back(reason as Json) : null;
  }
  return (
    <p className={classes.line}>
      <span>{text}</span> · <Clock at={message.timestamp} />
      {metadata.payload !== undefined && <PayloadButton value={metadata.payload} />}
    </p>
  );
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : "";
}

/** The code under which the sentence is found: some of them say more when they look at the values. */
function codeOf({ content_type: code, metadata, sender_id: actor }: Message): string {
  if (code === "tags_changed") return tagCode(metadata);
  if (code === "transferred" && !metadata.team_id) return "transferredAll";
  if (code === "outage_began") return `outage_${String(metadata.kind)}`;
  return code === "assigned" && actor !== null && metadata.to === actor ? "taken" : code;
}

function tagCode({ added, removed }: Message["metadata"]): string {
  if (!joined(removed)) return "tags_added";
  return joined(added) ? "tags_changed" : "tags_removed";
}
