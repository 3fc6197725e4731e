import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message, MessageAbility } from "@/api/types";
import classes from "@/features/inbox/thread/MessageDialogs.module.css";

interface Props {
  ask: "delete" | "edit";
  message: Message;
  onClose: () => void;
  onAct: (ability: MessageAbility, text?: string) => Promise<void>;
}

/** Asks before a message is changed or deleted on the network. */
export default function MessageDialogs({ ask, message, onClose, onAct }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const [text, setText] = useState(message.content);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await (ask === "delete" ? onAct("delete") : onAct("edit", text));
    setBusy(false);
  };
  const same = text.trim() === "" || text === message.content;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(ask === "delete" ? "message.deleteTitle" : "message.edit")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      {ask === "delete" ? (
        <p>{t("message.deleteText")}</p>
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
        <Button data-danger={ask === "delete" || undefined} loading={busy} disabled={ask === "edit" && same} onClick={() => void run()}>
          {t(ask === "delete" ? "message.delete" : "common:action.save")}
        </Button>
      </div>
    </Modal>
  );
}
