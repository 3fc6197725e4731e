import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/inbox/thread/Bubble.module.css";

const PayloadDialog = lazy(() => import("@/ui/PayloadDialog"));

/** Opens what the platform sent, for what cannot be drawn. */
export function PayloadButton({ value }: { value: unknown }) {
  const { t } = useTranslation("inbox");
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" className={classes.textButton} onClick={() => setOpened(true)}>
        {t("payload.show")}
      </button>
      {opened && (
        <Suspense>
          <PayloadDialog title={t("payload.title")} value={value} onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}
