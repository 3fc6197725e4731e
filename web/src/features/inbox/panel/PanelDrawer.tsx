import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Panel } from "@/features/inbox/panel/Panel";

interface Props {
  id: string;
  opened: boolean;
  onClose: () => void;
}

/** The details over the thread, where there is no room beside it. */
export default function PanelDrawer({ id, opened, onClose }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={360}
      title={t("panel.label")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <Panel id={id} />
    </Drawer>
  );
}
