import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "@/app/HelpOverlay.module.css";

const KEYS = {
  anywhere: [
    ["palette", "Ctrl K"],
    ["search", "/"],
    ["help", "?"],
    ["goInbox", "G I"],
    ["goMine", "G M"],
    ["goUnassigned", "G U"],
    ["goCustomers", "G C"],
    ["goSettings", "G S"],
    ["nextPane", "F6"],
    ["undo", "Z"],
  ],
  list: [
    ["next", "J / ↓"],
    ["previous", "K / ↑"],
    ["open", "Enter"],
    ["unread", "Shift U"],
    ["ends", "Home / End"],
  ],
  conversation: [
    ["reply", "R"],
    ["replyPrivately", "Shift R"],
    ["note", "N"],
    ["assign", "A"],
    ["assignMe", "I"],
    ["tags", "T"],
    ["priority", "P"],
    ["snooze", "S"],
    ["resolve", "E"],
    ["resolveStay", "Shift E"],
    ["openNetwork", "O"],
    ["copyLink", "Y"],
    ["details", "D"],
  ],
  composer: [
    ["send", "Ctrl Enter"],
    ["sendResolve", "Ctrl Shift Enter"],
    ["back", "Esc"],
  ],
} as const;

export default function HelpOverlay({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t("keys.title")} size={760} closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className={classes.groups}>
        {(Object.keys(KEYS) as (keyof typeof KEYS)[]).map((group) => (
          <section key={group}>
            <h3>{t(`keys.group.${group}`)}</h3>
            <dl className={classes.list}>
              {KEYS[group].map(([name, key]) => (
                <div key={name}>
                  <dt>{t(`keys.${name}`)}</dt>
                  <dd>
                    <kbd>{key}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
