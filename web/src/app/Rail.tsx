import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/app/Rail.module.css";
import { useCounts } from "@/live/queries";
import { Activity, Inbox, Settings, STROKE, UserRound, Users, type LucideIcon } from "@/ui/icons";

function Badge() {
  const { data } = useCounts();
  if (!data?.unread) return null;
  return <span className={classes.badge}>{data.unread >= 1000 ? "999+" : data.unread}</span>;
}

function Place({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Tooltip label={label} position="right">
      <li>{children}</li>
    </Tooltip>
  );
}

function Face({ label, icon: Icon }: { label: string; icon: LucideIcon }) {
  return (
    <>
      <Icon size={20} strokeWidth={STROKE} aria-hidden />
      <span className={classes.label}>{label}</span>
    </>
  );
}

/** Main navigation: at the left, on phones at the bottom. */
export function Rail() {
  const { t } = useTranslation();
  return (
    <nav className={classes.rail} aria-label={t("nav.main")} data-pane>
      <img src="/mark.svg" alt="Hark" width={28} height={28} className={classes.logo} />
      <ul>
        <Place label={t("nav.inbox")}>
          <Link to="/inbox/$view" params={{ view: "all" }} activeOptions={{ includeSearch: false }} className={classes.item}>
            <Face label={t("nav.inbox")} icon={Inbox} />
            <Badge />
          </Link>
        </Place>
        <Place label={t("nav.mine")}>
          <Link to="/inbox/$view" params={{ view: "mine" }} activeOptions={{ includeSearch: false }} className={classes.item}>
            <Face label={t("nav.mine")} icon={UserRound} />
          </Link>
        </Place>
        <Place label={t("nav.customers")}>
          <Link to="/customers" search={{}} activeOptions={{ includeSearch: false }} className={classes.item}>
            <Face label={t("nav.customers")} icon={Users} />
          </Link>
        </Place>
        <Place label={t("nav.live")}>
          <Link to="/live" className={classes.item}>
            <Face label={t("nav.live")} icon={Activity} />
          </Link>
        </Place>
        <Place label={t("nav.settings")}>
          <Link to="/settings" className={classes.item}>
            <Face label={t("nav.settings")} icon={Settings} />
          </Link>
        </Place>
      </ul>
    </nav>
  );
}
