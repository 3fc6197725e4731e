import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import classes from "@/ui/toasts.module.css";

const STAYS = 5000;
let lastUndo: { id: string; undo: () => void } | null = null;

function UndoToast({ text, onUndo }: { text: string; onUndo: () => void }) {
  const { t } = useTranslation();
  return (
    <span className={classes.toast}>
      <span>{text}</span>
      <Button size="compact-sm" variant="default" onClick={onUndo}>
        {t("action.undo")} <kbd>Z</kbd>
      </Button>
    </span>
  );
}

/** Says what was done and takes it back on request (button or Z). */
export function offerUndo(text: string, undo: () => void, stays = STAYS): void {
  const id = `undo-${crypto.randomUUID()}`;
  const run = () => {
    notifications.hide(id);
    if (lastUndo?.id === id) lastUndo = null;
    undo();
  };
  lastUndo = { id, undo: run };
  notifications.show({
    id,
    message: <UndoToast text={text} onUndo={run} />,
    autoClose: stays,
    withCloseButton: false,
    onClose: () => {
      if (lastUndo?.id === id) lastUndo = null;
    },
  });
}

export function undoLast(): void {
  lastUndo?.undo();
}

export function say(text: string): void {
  notifications.show({ message: text, autoClose: STAYS });
}

/** Names what did not work, with the reason. */
export function sayProblem(what: string, error: unknown): void {
  const problem = asProblem(error);
  const key = `error.codes.${problem.code}`;
  const reason = i18next.exists(key) ? i18next.t(key as never, problem.extra as never) : problem.message || problem.code;
  notifications.show({ title: what, message: String(reason), color: "red", autoClose: 8000 });
}
