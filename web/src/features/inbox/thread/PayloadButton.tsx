import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Payload } from "@/ui/Payload";
import classes from "@/features/inbox/thread/Bubble.module.css";

/** Opens what the platform sent, for what cannot be drawn. */
export function PayloadButton({ value }: { value: unknown }) {
  const { t } = useTranslation(["inbox", "common"]);
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" className={classes.textButton} onClick={() => setOpened(true)}>
        {t("payload.show")}
      </button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("payload.title")} size="lg" closeButtonProps={{ "aria-label": t("common:action.close") }}>
        <Payload value={value} />
      </Modal>
    </>
  );
}
