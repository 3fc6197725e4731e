import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Payload } from "@/ui/Payload";

interface Props {
  title: string;
  value: unknown;
  onClose: () => void;
}

export default function PayloadDialog({ title, value, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <Payload value={value} />
    </Modal>
  );
}
