import { Menu, UnstyledButton } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Counts } from "@/api/types";
import classes from "@/features/inbox/list/Views.module.css";
import { usePlace } from "@/features/inbox/place";
import { VIEWS } from "@/lib/filters";
import { useAccounts, useCounts } from "@/live/queries";
import { ChannelMark } from "@/ui/channels";
import { Check, ChevronDown } from "@/ui/icons";

const COUNT_OF: Partial<Record<(typeof VIEWS)[number], keyof Counts>> = {
  mine: "mine",
  unassigned: "unassigned",
  all: "open",
  pending: "pending",
};

function countText(counts: Counts | undefined, view: (typeof VIEWS)[number]): string {
  const name = COUNT_OF[view];
  const value = name && counts ? counts[name] : 0;
  return value >= 1000 ? "999+" : value > 0 ? String(value) : "";
}

/** The name of a view, the account's name for account views. */
export function useViewName(view: string): string {
  const { t } = useTranslation();
  const { data } = useAccounts();
  if (view.startsWith("account-")) {
    return data?.items.find((account) => account.id === view.slice("account-".length))?.name ?? t("view.account");
  }
  const known = VIEWS.find((name) => name === view);
  return t(`view.${known ?? "all"}`);
}

export function ViewsBar({ className }: { className?: string }) {
  const { t } = useTranslation();
  const { data: counts } = useCounts();
  const { data: accounts } = useAccounts();
  return (
    <nav className={`${className} ${classes.bar}`} aria-label={t("view.label")} data-pane>
      <ul>
        {VIEWS.map((view) => (
          <li key={view}>
            <Link to="/inbox/$view" params={{ view }} className={classes.item} activeOptions={{ includeSearch: false }}>
              <span className="truncate">{t(`view.${view}`)}</span>
              <span className={classes.count}>{countText(counts, view)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {accounts && accounts.items.length > 0 && <h3 className={classes.heading}>{t("view.channels")}</h3>}
      <ul>
        {accounts?.items.map((account) => (
          <li key={account.id}>
            <Link to="/inbox/$view" params={{ view: `account-${account.id}` }} className={classes.item}>
              <ChannelMark platform={account.platform} />
              <span className="truncate">{account.name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The same choice folded into the list's heading, where there is no room for the bar. */
export function ViewMenu() {
  const { t } = useTranslation();
  const { view } = usePlace();
  const name = useViewName(view);
  const navigate = useNavigate();
  const { data: counts } = useCounts();
  const { data: accounts } = useAccounts();
  const go = (target: string) => void navigate({ to: "/inbox/$view", params: { view: target } });
  return (
    <Menu position="bottom-start" width={240}>
      <h1 className="sr-only">{name}</h1>
      <Menu.Target>
        <UnstyledButton className={classes.menuButton}>
          <span className="truncate">{name}</span>
          <ChevronDown size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {VIEWS.map((each) => (
          <Menu.Item
            key={each}
            onClick={() => go(each)}
            rightSection={view === each ? <Check size={14} /> : <span className={classes.count}>{countText(counts, each)}</span>}
          >
            {t(`view.${each}`)}
          </Menu.Item>
        ))}
        {accounts && accounts.items.length > 0 && <Menu.Label>{t("view.channels")}</Menu.Label>}
        {accounts?.items.map((account) => (
          <Menu.Item key={account.id} leftSection={<ChannelMark platform={account.platform} />} onClick={() => go(`account-${account.id}`)}>
            {account.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
