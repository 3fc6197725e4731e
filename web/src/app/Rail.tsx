import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "@/api/types";
import classes from "@/app/Rail.module.css";
import { useCounts } from "@/live/queries";
import { Inbox, Settings, STROKE, UserRound, Users, type LucideIcon } from "@/ui/icons";

function Badge() {
  const { data } = useCounts();
  if (!data?.unread) return null;
  return <span className={classes.badge}>{data.unread >= 1000 ? "999+" : data.unread}</span>;
}

interface ItemProps {
  label: string;
  icon: LucideIcon;
  link: (props: { className: string; children: ReactNode }) => ReactNode;
  badge?: boolean;
}

function Item({ label, icon: Icon, link, badge }: ItemProps) {
  return (
    <Tooltip label={label} position="right">
      <li>
        {link({
          className: classes.item!,
          children: (
            <>
              <Icon size={20} strokeWidth={STROKE} aria-hidden />
              <span className={classes.label}>{label}</span>
              {badge && <Badge />}
            </>
          ),
        })}
      </li>
    </Tooltip>
  );
}

/** Main navigation: at the left, on phones at the bottom. */
export function Rail({ role: _role }: { role: Role }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.rail} aria-label={t("nav.main")} data-pane>
      <img src="/mark.svg" alt="Hark" width={28} height={28} className={classes.logo} />
      <ul>
        <Item
          label={t("nav.inbox")}
          icon={Inbox}
          badge
          link={(props) => <Link to="/inbox/$view" params={{ view: "all" }} activeOptions={{ exact: false }} data-inbox {...props} />}
        />
        <Item
          label={t("nav.mine")}
          icon={UserRound}
          link={(props) => <Link to="/inbox/$view" params={{ view: "mine" }} {...props} />}
        />
        <Item label={t("nav.customers")} icon={Users} link={(props) => <Link to="/customers" {...props} />} />
        <Item
          label={t("nav.settings")}
          icon={Settings}
          link={(props) => <Link to="/settings/$section" params={{ section: "channels" }} activeOptions={{ exact: false }} {...props} />}
        />
      </ul>
    </nav>
  );
}
