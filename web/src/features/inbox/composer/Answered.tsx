import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import classes from "@/features/inbox/composer/Composer.module.css";
import { When } from "@/ui/Time";

interface Props {
  newer: Message[];
  mine: string;
  onDiscard: () => void;
  onNote: () => void;
  onSend: () => void;
  onClose: () => void;
}

/** A colleague was faster: their answer, and what shall become of ours. */
export default function Answered({ newer, mine, onDiscard, onNote, onSend, onClose }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Modal opened onClose={onClose} title={t("answered.title")} size="lg" closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <p>{t("answered.text")}</p>
      <ul className={classes.newer}>
        {newer.map((message) => (
          <li key={message.id}>
            <b>{message.sender_name}</b> · <When at={message.timestamp} />
            <p dir="auto">{message.content}</p>
          </li>
        ))}
      </ul>
      <h3>{t("answered.yours")}</h3>
      <p className={classes.mine} dir="auto">
        {mine}
      </p>
      <div className={classes.dialogActions}>
        <Button variant="default" onClick={onDiscard}>
          {t("answered.discard")}
        </Button>
        <Button variant="default" onClick={onNote}>
          {t("answered.note")}
        </Button>
        <Button onClick={onSend} data-autofocus>
          {t("answered.send")}
        </Button>
      </div>
    </Modal>
  );
}
