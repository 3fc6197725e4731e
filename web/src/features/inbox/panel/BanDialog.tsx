import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "@/features/inbox/panel/Panel.module.css";

interface Props {
  name: string;
  account: string;
  busy: boolean;
  onClose: () => void;
  onBan: () => void;
}

/** Asks before somebody is banned on the network. */
export default function BanDialog({ name, account, busy, onClose, onBan }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Modal opened onClose={onClose} title={t("message.banTitle", { name })} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <p>{t("message.banText", { account })}</p>
      <div className={classes.dialogActions}>
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button data-danger loading={busy} onClick={onBan}>
          {t("message.ban", { name })}
        </Button>
      </div>
    </Modal>
  );
}
