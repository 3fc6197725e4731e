import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/app/ConnectionBanner.module.css";
import { useStore } from "@/lib/store";
import { connection } from "@/live/connection";
import { CircleCheck, RefreshCw, WifiOff } from "@/ui/icons";

const PATIENCE = 3000;
const OFFLINE_AFTER = 10_000;
const SAY_BACK_FOR = 2000;

type Stage = "fine" | "reconnecting" | "offline" | "back";

/** Quiet for 3 s; then says that it is reconnecting, offline, or back. */
function useStage(): Stage {
  const { state, since } = useStore(connection);
  const [stage, setStage] = useState<Stage>("fine");
  useEffect(() => {
    if (state === "online") {
      setStage((before) => (before === "fine" ? "fine" : "back"));
      const timer = setTimeout(() => setStage("fine"), SAY_BACK_FOR);
      return () => clearTimeout(timer);
    }
    const passed = Date.now() - since;
    const timers = [
      setTimeout(() => setStage("reconnecting"), Math.max(0, PATIENCE - passed)),
      setTimeout(() => setStage("offline"), Math.max(0, (navigator.onLine ? OFFLINE_AFTER : PATIENCE) - passed)),
    ];
    return () => timers.forEach(clearTimeout);
  }, [state, since]);
  return stage;
}

export function ConnectionBanner() {
  const { t } = useTranslation();
  const stage = useStage();
  const unsent = useStore(connection, (value) => value.unsent);
  const Icon = { reconnecting: RefreshCw, offline: WifiOff, back: CircleCheck, fine: null }[stage];
  return (
    <div role="status" className={classes.frame}>
      {Icon && (
        <div className={classes.banner} data-stage={stage}>
          <Icon size={16} aria-hidden />
          {stage === "offline" && unsent > 0 ? t("connection.offlineUnsent", { count: unsent }) : t(`connection.${stage as "offline"}`)}
        </div>
      )}
    </div>
  );
}
