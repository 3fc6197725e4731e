import { Button, Menu } from "@mantine/core";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { handing as handingApi } from "@/api/routing";
import type { Conversation, Priority, SourceRules } from "@/api/types";
import { AnswerBy } from "@/features/inbox/answerby/AnswerBy";
import { useActions } from "@/features/inbox/actions";
import { compose } from "@/features/inbox/composer/intent";
import { usePlace } from "@/features/inbox/place";
import { AssignPicker, PriorityPicker, SnoozePicker, TagsPicker } from "@/features/inbox/thread/pickers";
import classes from "@/features/inbox/thread/ThreadHead.module.css";
import { conversationCommands } from "@/lib/commands";
import { useKeys } from "@/lib/keys";
import { useAccounts, useSession } from "@/live/queries";
import { applyConversation } from "@/live/reducer";
import { Avatar } from "@/ui/Avatar";
import { SourceIcon } from "@/ui/channels";
import { AlarmClock, Bot, CircleCheck, ChevronLeft, Copy, Ellipsis, ExternalLink, Flag, MailOpen, PanelRight, RotateCcw, TagIcon, TriangleAlert, UserPlus, Users } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { safeLink } from "@/ui/links";
import { say, sayProblem } from "@/ui/toasts";

interface Props {
  conversation: Conversation;
  rules?: SourceRules;
  onDetails: () => void;
  onDone: () => void;
}

const HandDialog = lazy(() => import("@/features/inbox/thread/HandDialog"));

type PickerName = "assign" | "snooze" | "priority" | "tags";

export function ThreadHead({ conversation, rules, onDetails, onDone }: Props) {
  const { t } = useTranslation(["inbox", "routing"]);
  const place = usePlace();
  const me = useSession().user.id;
  const actions = useActions(conversation);
  const [picker, setPicker] = useState<PickerName | null>(null);
  const [handing, setHanding] = useState<"transfer" | "escalate" | null>(null);
  const client = useQueryClient();
  const handOver = async (to: "people" | "bot") => {
    try {
      applyConversation(client, await handingApi.handOver(conversation.id, to, ""), me);
    } catch (error) {
      sayProblem(t("routing:hand.failed"), error);
    }
  };
  const { data: accounts } = useAccounts();
  const account = accounts?.items.find((each) => each.id === conversation.account_id);
  const network = safeLink(conversation.metadata.post_url);
  const done = conversation.status === "resolved" || conversation.status === "closed";

  const resolve = (stay: boolean) => {
    if (done) return actions.setStatus("open");
    actions.setStatus("resolved");
    if (!stay) onDone();
  };
  const copyLink = async () => {
    await navigator.clipboard.writeText(`${location.origin}/inbox/all/${conversation.id}`);
    say(t("linkCopied"));
  };
  const openNetwork = () => network && window.open(network, "_blank", "noopener,noreferrer");
  const reply = () => compose(conversation.id, "reply");
  const note = () => compose(conversation.id, "note");
  const privately = () => rules?.abilities.includes("private_reply") && compose(conversation.id, "private");
  const toggle = (name: PickerName) => (opened: boolean) => setPicker(opened ? name : null);

  useKeys({
    e: () => resolve(false),
    "shift+e": () => resolve(true),
    a: () => setPicker("assign"),
    i: () => actions.assign(me),
    t: () => setPicker("tags"),
    p: () => setPicker("priority"),
    s: () => setPicker("snooze"),
    r: reply,
    "shift+r": privately,
    n: note,
    "shift+u": () => actions.markUnread(),
    o: openNetwork,
    y: () => void copyLink(),
  });
  const commands = useMemo(
    () => [
      { id: "reply", label: t("action.reply"), keys: "R", run: reply },
      { id: "note", label: t("action.note"), keys: "N", run: note },
      { id: "resolve", label: t(done ? "action.reopen" : "action.resolve"), keys: "E", run: () => resolve(false) },
      { id: "assign", label: t("action.assign"), keys: "A", run: () => setPicker("assign") },
      { id: "assignMe", label: t("action.assignMe"), keys: "I", run: () => actions.assign(me) },
      { id: "snooze", label: t("action.snooze"), keys: "S", run: () => setPicker("snooze") },
      { id: "tags", label: t("action.tags"), keys: "T", run: () => setPicker("tags") },
      { id: "priority", label: t("action.priority"), keys: "P", run: () => setPicker("priority") },
      { id: "unread", label: t("action.unread"), keys: "Shift U", run: () => actions.markUnread() },
      { id: "transfer", label: t("routing:hand.transfer"), run: () => setHanding("transfer") },
      { id: "escalate", label: t("routing:hand.escalate"), run: () => setHanding("escalate") },
      { id: "copy", label: t("action.copyLink"), keys: "Y", run: () => void copyLink() },
    ],
    // oxlint-disable-next-line react/exhaustive-deps -- the closures change with these
    [t, actions, done, conversation.id],
  );
  useEffect(() => {
    conversationCommands.set(commands);
    return () => conversationCommands.set([]);
  }, [commands]);

  return (
    <header className={classes.head}>
      <IconButton icon={ChevronLeft} label={t("thread.back")} className={classes.back} onClick={() => place.open(null)} />
      <Avatar name={conversation.customer_name || "?"} src={conversation.customer_avatar} size={28} platform={conversation.platform} />
      <div className={classes.who}>
        <h2 className="truncate">{conversation.customer_name || t("row.unknown")}</h2>
        <p className="truncate">
          <SourceIcon source={conversation.source} size={12} /> {t(`source.${conversation.source}`)}
          {account && ` · ${account.name}`} · #{conversation.number}
        </p>
      </div>
      <AnswerBy conversation={conversation} large />
      <div className={classes.actions}>
        <AssignPicker
          conversation={conversation}
          opened={picker === "assign"}
          onOpen={toggle("assign")}
          onPick={actions.assign}
        >
          <IconButton icon={UserPlus} label={t("action.assign")} keys="A" onClick={() => setPicker("assign")} data-set={conversation.assigned_to ? true : undefined} />
        </AssignPicker>
        <PriorityPicker conversation={conversation} opened={picker === "priority"} onOpen={toggle("priority")} onPick={(value: Priority) => actions.setPriority(value)}>
          <IconButton
            icon={Flag}
            label={`${t("action.priority")}: ${t(`priority.${conversation.priority}`)}`}
            keys="P"
            onClick={() => setPicker("priority")}
            data-priority={conversation.priority}
            className={`${classes.flag} ${classes.roomy}`}
          />
        </PriorityPicker>
        <TagsPicker conversation={conversation} opened={picker === "tags"} onOpen={toggle("tags")} onPick={actions.toggleTag}>
          <IconButton icon={TagIcon} label={t("action.tags")} keys="T" onClick={() => setPicker("tags")} className={classes.roomy} />
        </TagsPicker>
        <SnoozePicker opened={picker === "snooze"} onOpen={toggle("snooze")} onPick={actions.snooze}>
          <IconButton icon={AlarmClock} label={t("action.snooze")} keys="S" onClick={() => setPicker("snooze")} />
        </SnoozePicker>
        <Button
          variant={done ? "default" : "filled"}
          leftSection={done ? <RotateCcw size={16} /> : <CircleCheck size={16} />}
          onClick={() => resolve(false)}
          className={classes.resolve}
        >
          {t(done ? "action.reopen" : "action.resolve")}
        </Button>
        <Menu position="bottom-end" width={220}>
          <Menu.Target>
            <IconButton icon={Ellipsis} label={t("action.more")} />
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item className={classes.narrow} leftSection={<Flag size={16} />} onClick={() => setTimeout(() => setPicker("priority"), 50)}>
              {t("action.priority")}
            </Menu.Item>
            <Menu.Item className={classes.narrow} leftSection={<TagIcon size={16} />} onClick={() => setTimeout(() => setPicker("tags"), 50)}>
              {t("action.tags")}
            </Menu.Item>
            <Menu.Item leftSection={<MailOpen size={16} />} onClick={() => actions.markUnread()}>
              {t("action.unread")}
            </Menu.Item>
            <Menu.Item leftSection={<Copy size={16} />} onClick={() => void copyLink()}>
              {t("action.copyLink")}
            </Menu.Item>
            {!done && (
              <>
                <Menu.Item leftSection={<Users size={16} />} onClick={() => setHanding("transfer")}>
                  {t("routing:hand.transfer")}
                </Menu.Item>
                <Menu.Item leftSection={<TriangleAlert size={16} />} onClick={() => setHanding("escalate")}>
                  {t("routing:hand.escalate")}
                </Menu.Item>
                <Menu.Item leftSection={<Bot size={16} />} onClick={() => void handOver(conversation.bot_owned ? "people" : "bot")}>
                  {t(conversation.bot_owned ? "routing:hand.toPeople" : "routing:hand.toBot")}
                </Menu.Item>
              </>
            )}
            {network && (
              <Menu.Item leftSection={<ExternalLink size={16} />} onClick={openNetwork}>
                {t("action.openNetwork")}
              </Menu.Item>
            )}
            {conversation.status === "resolved" && (
              <Menu.Item onClick={() => actions.setStatus("closed")}>{t("action.close")}</Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
        {handing && (
          <Suspense>
            <HandDialog ask={handing} conversation={conversation} onClose={() => setHanding(null)} />
          </Suspense>
        )}
        <IconButton icon={PanelRight} label={t("panel.label")} keys="D" onClick={onDetails} />
      </div>
    </header>
  );
}
