import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message, MessageAbility } from "@/api/types";
import classes from "@/features/inbox/thread/MessageDialogs.module.css";

interface Props {
  ask: "delete" | "edit" | "ban";
  message: Message;
  /** The name of our account. */
  account: string;
  onClose: () => void;
  onAct: (ability: MessageAbility, text?: string) => Promise<void>;
}

const TITLES = { delete: "message.deleteTitle", edit: "message.edit", ban: "message.banTitle" } as const;
const DO = { delete: "message.delete", ban: "message.ban" } as const;

/** Asks before a message is changed or deleted, or its author banned, on the network. */
export default function MessageDialogs({ ask, message, account, onClose, onAct }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const [text, setText] = useState(message.content);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await (ask === "edit" ? onAct("edit", text) : onAct(ask));
    setBusy(false);
  };
  const same = text.trim() === "" || text === message.content;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(TITLES[ask], { name: message.sender_name })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      {ask !== "edit" ? (
        <p>{t(ask === "delete" ? "message.deleteText" : "message.banText", { account })}</p>
      ) : (
        <textarea
          className={classes.text}
          rows={4}
          dir="auto"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          aria-label={t("message.edit")}
          data-autofocus
        />
      )}
      <div className={classes.actions}>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button data-danger={ask !== "edit" || undefined} loading={busy} disabled={ask === "edit" && same} onClick={() => void run()}>
          {t(ask === "edit" ? "common:action.save" : DO[ask], { name: message.sender_name })}
        </Button>
      </div>
    </Modal>
  );
}
