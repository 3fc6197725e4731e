import { Button, Modal } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/Settings.module.css";
import { Failed } from "@/ui/states";

interface Props {
  title: string;
  children: ReactNode;
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before what cannot be undone. */
export function Confirm({ title, children, action, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("action.close") }}>
      {children}
      {error !== null && <Failed error={error} compact />}
      <div className={classes.formActions} style={{ marginTop: 16 }}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("action.cancel")}
        </Button>
        <Button data-danger loading={busy} onClick={() => void run()}>
          {action}
        </Button>
      </div>
    </Modal>
  );
}
