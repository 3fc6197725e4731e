import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "@/api/endpoints";
import type { Message, Template } from "@/api/types";
import { useActions } from "@/features/inbox/actions";
import classes from "@/features/inbox/composer/Composer.module.css";
import { Counter } from "@/features/inbox/composer/Counter";
import { readDraft, writeDraft, type Mode } from "@/features/inbox/composer/drafts";
import { filesOf, useFiles } from "@/features/inbox/composer/files";
import { intent } from "@/features/inbox/composer/intent";
import { usePosting } from "@/features/inbox/composer/usePosting";
import { usePrivate, type Private } from "@/features/inbox/composer/usePrivate";
import { useWindow, WindowLine } from "@/features/inbox/composer/WindowLine";
import { fittingIndex, linkFinder, loadLinks, measure } from "@/lib/counting";
import { createStore, useStore } from "@/lib/store";
import { dateTime } from "@/lib/time";
import { useLive } from "@/live/Live";
import { clearRefusal, refusals } from "@/live/outbox";
import { useSession, type Detail } from "@/live/queries";
import { CircleCheck, Clock, Globe, LayoutTemplate, Lock, Paperclip, Reply, Send, TriangleAlert, X } from "@/ui/icons";
import { useLocale } from "@/ui/i18n";
import { IconButton } from "@/ui/IconButton";
import { useSentence } from "@/ui/sentences";

interface Props {
  detail: Detail;
  /** The newest message that the agent has had before them. */
  lastSeen: number;
  messages: Message[];
  /** The conversation is done; goes on to the next one. */
  onDone: () => void;
}

const FileChips = lazy(() => import("@/features/inbox/composer/FileChips"));
const TemplatePicker = lazy(() => import("@/features/inbox/composer/TemplatePicker"));
const Answered = lazy(() => import("@/features/inbox/composer/Answered"));

const SAVE_AFTER = 300;
const IDLE_AFTER = 4000;
const TYPING_EVERY = 4000;

/** Why an answer cannot be sent at all now; null where it can. */
function useObstacle(detail: Detail, mode: Mode, privately: Private): string | null {
  const { t, i18n } = useTranslation(["inbox", "common"]);
  const window = useWindow(detail);
  if (mode === "note") return null;
  const { account, conversation, rules } = detail;
  const ability = mode === "private" ? "private_reply" : "reply";
  if (!rules.abilities.includes(ability)) {
    const reason = detail.reasons[ability];
    return reason && i18n.language.startsWith("en") ? `${reason} ${t("obstacle.notes")}` : t("obstacle.ability");
  }
  if (account.status !== "connected") return t(`obstacle.account.${account.status}`, { name: account.name });
  if (!conversation.reachable) return t("obstacle.unreachable");
  if (mode === "private") return privately.obstacle;
  if (window?.state === "closed") return t(rules.abilities.includes("template") ? "obstacle.windowTemplate" : "obstacle.window");
  return null;
}

export function Composer({ detail, lastSeen, messages, onDone }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const { conversation } = detail;
  const { id } = conversation;
  const [mode, setMode] = useState<Mode>(detail.rules.abilities.includes("reply") ? "reply" : "note");
  const rules = mode === "private" && detail.private_rules ? detail.private_rules : detail.rules;
  const [text, setText] = useState(() => readDraft(id, mode));
  const [target, setTarget] = useState<Message | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useFiles(rules);
  const addFiles = files.add;
  const privately = usePrivate(detail, messages, target);
  const obstacle = useObstacle(detail, mode, privately);
  const [choosing, setChoosing] = useState(false);
  const account = detail.account;
  const maySendTemplates = detail.rules.abilities.includes("template") && account.status === "connected" && conversation.reachable;
  const refusal = useStore(refusals, (all) => all[id]);
  const actions = useActions(conversation);
  const tellTyping = useTyping(detail, mode);

  const write = useCallback(
    (next: string) => {
      setText(next);
      if (next === "") writeDraft(id, mode, "");
    },
    [id, mode],
  );
  useEffect(() => {
    const timer = setTimeout(() => writeDraft(id, mode, text), SAVE_AFTER);
    return () => clearTimeout(timer);
  }, [id, mode, text]);
  const latest = useRef({ mode, text });
  latest.current = { mode, text };
  useEffect(() => () => writeDraft(id, latest.current.mode, latest.current.text), [id]);

  const switchTo = useCallback(
    (next: Mode, given?: string) => {
      const { mode: before, text: written } = latest.current;
      writeDraft(id, before, written);
      setMode(next);
      const draft = next === before ? written : readDraft(id, next);
      setText(draft || given || "");
      if (next === "note") setTarget(null);
      // At once: the next key already belongs to the text.
      field.current?.focus();
    },
    [id],
  );
  const wish = useStore(intent);
  useLayoutEffect(() => {
    if (!wish || wish.conversation !== id) return;
    intent.set(null);
    if (wish.target) setTarget(wish.target);
    switchTo(wish.mode, wish.text);
    if (wish.files?.length) addFiles(wish.files);
  }, [wish, id, switchTo, addFiles]);

  // A refused reply gives its text back.
  useEffect(() => {
    if (!refusal) return;
    const { outgoing } = refusal;
    if (latest.current.text === "" || latest.current.mode !== outgoing.mode) switchTo(outgoing.mode, outgoing.body.content);
    // Those of "answered meanwhile" are sent along from there.
    if (refusal.problem.code !== "answered_meanwhile") addFiles(filesOf(outgoing.key));
  }, [refusal, switchTo, addFiles]);

  const finder = useStore(linkFinder);
  useEffect(() => void loadLinks(rules.text).catch(() => undefined), [rules]);
  // oxlint-disable-next-line react/exhaustive-deps -- links count apart as soon as they can be found
  const measured = useMemo(() => measure(text, rules.text), [text, rules, finder]);
  // A private reply is one message.
  const tooLong = mode !== "note" && measured.level === "over" && (!rules.splits || mode === "private");
  const uploading = files.files.some((file) => !file.attachment && !file.problem);
  const uploaded = files.files.flatMap((file) => (file.attachment ? [file.attachment] : []));
  const empty = text.trim() === "" && uploaded.length === 0;
  const blocked = obstacle !== null || tooLong || uploading || empty;

  const posting = usePosting(conversation);
  const send = (resolve: boolean) => {
    if (blocked) return;
    clearRefusal(id);
    tellTyping.stop();
    posting.send({
      mode,
      content: text.trim(),
      attachments: uploaded,
      files: files.files.map((each) => each.file),
      alts: Object.fromEntries(files.files.flatMap((each) => (each.attachment && each.alt.trim() ? [[each.attachment.id, each.alt.trim()]] : []))),
      quoted: mode === "reply" ? target?.platform_message_id : null,
      privateTo: mode === "private" ? privately.comment?.platform_message_id : null,
      lastSeen,
    });
    write("");
    setTarget(null);
    files.clear();
    if (resolve) {
      actions.setStatus("resolved");
      onDone();
    } else field.current?.focus();
  };

  const sendTemplate = (template: Template, values: string[], shown: string) => {
    setChoosing(false);
    clearRefusal(id);
    const { name, language } = template;
    posting.send({ mode: "reply", content: shown, attachments: [], files: [], template: { name, language, values }, lastSeen });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send(event.shiftKey);
    } else if (event.key === "Escape") {
      event.preventDefault();
      document.querySelector<HTMLElement>("#thread [data-pane-focus]")?.focus();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0 || mode === "note") return;
    event.preventDefault();
    files.add(pasted);
  };
  const dropZone = useDrop(mode !== "note" && rules.max_attachments > 0, files.add);
  useAutoHeight(field, text);

  const offered = detail.rules.abilities;
  const publicReply = detail.rules.public;
  const modes: [Mode, string, typeof Reply][] = [
    ...(offered.includes("reply") ? ([["reply", t(publicReply ? "composer.replyPublicly" : "composer.reply"), publicReply ? Globe : Reply]] as [Mode, string, typeof Reply][]) : []),
    ...(offered.includes("private_reply") ? ([["private", t("composer.replyPrivately"), Lock]] as [Mode, string, typeof Reply][]) : []),
    ["note", t("composer.note"), Lock],
  ];
  return (
    <section id="composer" className={classes.composer} data-mode={mode} aria-label={t("composer.label")} data-pane data-over={dropZone.over || undefined} tabIndex={-1} {...dropZone.handlers}>
      <div className={classes.top}>
        <div role="radiogroup" aria-label={t("composer.mode")} className={classes.modes}>
          {modes.map(([value, label, Icon]) => (
            <button key={value} type="button" role="radio" aria-checked={mode === value} onClick={() => switchTo(value)}>
              <Icon size={14} aria-hidden />
              {label}
            </button>
          ))}
        </div>
        {mode === "reply" && <WindowLine detail={detail} />}
        {mode === "note" && <span className={classes.audience}>{t("message.noteHint")}</span>}
        {mode === "private" && <PrivateLine privately={privately} once={detail.rules.private_once} />}
        {mode === "reply" && publicReply && <span className={classes.audience}>{t("composer.everyone")}</span>}
      </div>
      {refusal && refusal.problem.code !== "answered_meanwhile" && <Refused conversation={id} />}
      {refusal && refusal.problem.code === "answered_meanwhile" && (
        <Suspense><Answered
          newer={posting.newerOf(refusal)}
          mine={refusal.outgoing.body.content}
          onClose={() => clearRefusal(id)}
          onDiscard={() => {
            clearRefusal(id);
            if (latest.current.text.trim() === refusal.outgoing.body.content) write("");
          }}
          onNote={() => {
            posting.again(refusal, "note");
            if (latest.current.text.trim() === refusal.outgoing.body.content) write("");
          }}
          onSend={() => {
            posting.again(refusal, refusal.outgoing.mode);
            if (latest.current.text.trim() === refusal.outgoing.body.content) write("");
          }}
        /></Suspense>
      )}
      {target && mode !== "note" && (
        <div className={classes.target}>
          <Reply size={14} aria-hidden />
          <span className="truncate">
            <b>{target.sender_name}</b> {target.content || t("message.media")}
          </span>
          <button type="button" onClick={() => setTarget(null)} aria-label={t("composer.noTarget")}>
            <X size={14} aria-hidden />
          </button>
        </div>
      )}
      {obstacle ? (
        <p className={classes.obstacle}>
          <TriangleAlert size={16} aria-hidden /> <span>{obstacle}</span>
          {mode === "reply" && maySendTemplates && (
            <Button size="compact-sm" leftSection={<LayoutTemplate size={14} />} onClick={() => setChoosing(true)} data-pane-focus>
              {t("template.choose")}
            </Button>
          )}
        </p>
      ) : (
        <div className={classes.field}>
          {tooLong && <Overflow text={text} at={fittingIndex(text, rules.text)} />}
          <textarea
            ref={field}
            value={text}
            rows={2}
            dir="auto"
            data-pane-focus
            aria-label={t(`composer.placeholder.${mode}`, { name: conversation.customer_name })}
            placeholder={t(`composer.placeholder.${mode}`, { name: conversation.customer_name })}
            onChange={(event) => {
              setText(event.currentTarget.value);
              tellTyping.typed();
            }}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
        </div>
      )}
      {choosing && (
        <Suspense>
          <TemplatePicker account={account.id} onClose={() => setChoosing(false)} onSend={sendTemplate} />
        </Suspense>
      )}
      {files.files.length + files.refused.length > 0 && (
        <Suspense>
          <FileChips files={files.files} refused={files.refused} altOf={(kind) => rules.kinds[kind]?.alt ?? null} onDescribe={files.describe} onRemove={files.remove} onDismiss={files.dismiss} />
        </Suspense>
      )}
      <div className={classes.bottom}>
        {mode !== "note" && rules.max_attachments > 0 && !obstacle && <AttachButton onFiles={files.add} kinds={Object.keys(rules.kinds)} />}
        {mode === "reply" && maySendTemplates && !obstacle && <IconButton icon={LayoutTemplate} label={t("template.choose")} onClick={() => setChoosing(true)} />}
        <span className={classes.grow} />
        {mode !== "note" && !obstacle && <Counter measure={measured} rules={rules} />}
        {mode !== "note" && <Button variant="default" onClick={() => send(true)} disabled={blocked} leftSection={<CircleCheck size={16} />} className={classes.second} title="Ctrl+Shift+Enter">
          {t("composer.sendResolve")}
        </Button>}
        <Button onClick={() => send(false)} disabled={blocked} leftSection={mode === "note" ? <Lock size={16} /> : <Send size={16} />} title="Ctrl+Enter">
          {t(mode === "note" ? "composer.addNote" : "composer.send")}
        </Button>
      </div>
    </section>
  );
}

/** Which comment is answered privately, and until when that is possible. */
function PrivateLine({ privately: { comment, reply }, once }: { privately: Private; once: boolean }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  if (!comment || reply?.state !== "open") return null;
  const words = [
    t("composer.private.to", { name: comment.sender_name || t("row.unknown"), time: dateTime(comment.timestamp, locale) }),
    ...(reply.closesAt === null ? [] : [t("composer.private.until", { time: dateTime(new Date(reply.closesAt).toISOString(), locale) })]),
    ...(once ? [t("composer.private.once")] : []),
  ];
  return (
    <span className={classes.window} data-private>
      <Clock size={12} aria-hidden />
      <span>{words.join(" · ")}</span>
    </span>
  );
}

function Refused({ conversation }: { conversation: string }) {
  const { t } = useTranslation(["inbox", "common"]);
  const sentence = useSentence();
  const refusal = useStore(refusals, (all) => all[conversation]);
  if (!refusal) return null;
  return (
    <p className={classes.refused} role="alert">
      <TriangleAlert size={16} aria-hidden />
      <span>{sentence(refusal.problem)}</span>
      <button type="button" onClick={() => clearRefusal(conversation)} aria-label={t("common:action.close")}>
        <X size={14} aria-hidden />
      </button>
    </p>
  );
}

/** Behind the text: marks what is too much. */
function Overflow({ text, at }: { text: string; at: number }) {
  return (
    <div className={classes.overflow} aria-hidden>
      {text.slice(0, at)}
      <mark>{text.slice(at)}</mark>
    </div>
  );
}

function AttachButton({ onFiles, kinds }: { onFiles: (files: File[]) => void; kinds: string[] }) {
  const { t } = useTranslation(["inbox", "common"]);
  const input = useRef<HTMLInputElement>(null);
  const accept = kinds.includes("file") ? undefined : kinds.map((kind) => `${kind}/*`).join(",");
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={accept}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <IconButton icon={Paperclip} label={t("composer.attach")} onClick={() => input.current?.click()} />
    </>
  );
}

function useDrop(enabled: boolean, onFiles: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  const carriesFiles = (event: DragEvent) => enabled && event.dataTransfer.types.includes("Files");
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}

/** Grows with the text up to half of the window. */
function useAutoHeight(field: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}

const typingTold = createStore(0);

/** Tells colleagues (and, where the platform can, the customer) that an answer is being written. */
function useTyping({ conversation, rules }: Detail, mode: Mode) {
  const { tellPresence } = useLive();
  const me = useSession().user.id;
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const typing = useRef(false);
  const client = useQueryClient();
  const { id } = conversation;
  return useMemo(() => {
    const stop = () => {
      clearTimeout(idle.current);
      if (typing.current) tellPresence(id, false);
      typing.current = false;
    };
    const typed = () => {
      if (!typing.current) tellPresence(id, true);
      typing.current = true;
      clearTimeout(idle.current);
      idle.current = setTimeout(stop, IDLE_AFTER);
      const canShow = mode === "reply" && rules.abilities.includes("typing");
      if (canShow && performance.now() - typingTold.get() > TYPING_EVERY) {
        typingTold.set(performance.now());
        void conversations.typing(id).catch(() => undefined);
      }
    };
    return { stop, typed };
    // oxlint-disable-next-line react/exhaustive-deps -- a new object only where these change
  }, [id, mode, rules, tellPresence, me, client]);
}
