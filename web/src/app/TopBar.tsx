import { Menu, Tooltip, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { session as sessionApi } from "@/api/endpoints";
import type { Session } from "@/api/types";
import { SearchField } from "@/app/SearchField";
import { StatusMenu } from "@/app/StatusMenu";
import classes from "@/app/TopBar.module.css";
import { useStore } from "@/lib/store";
import { connection } from "@/live/connection";
import { Avatar } from "@/ui/Avatar";
import { LANGUAGES, setLanguage, type Language } from "@/ui/i18n";
import { Check, CircleHelp, Languages, LogOut, Monitor, Moon, Sun, UserRound, type LucideIcon } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

const SCHEMES: [MantineColorScheme, LucideIcon][] = [
  ["light", Sun],
  ["dark", Moon],
  ["auto", Monitor],
];

function ConnectionDot() {
  const { t } = useTranslation();
  const state = useStore(connection, (value) => value.state);
  return (
    <Tooltip label={t(`connection.${state}`)}>
      <span className={classes.dot} data-state={state} role="img" aria-label={t(`connection.${state}`)} />
    </Tooltip>
  );
}

function ThemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = SCHEMES.find(([scheme]) => scheme === colorScheme)?.[1] ?? Monitor;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <IconButton icon={Current} label={t("theme.label")} />
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === scheme && <Check size={14} />}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const choose = (language: Language) => {
    void setLanguage(language);
    void sessionApi.updateMe({ locale: language }).catch(() => undefined);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <IconButton icon={Languages} label={t("language.label")} />
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            rightSection={i18n.language === language && <Check size={14} />}
            onClick={() => choose(language)}
          >
            {LANGUAGES[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu({ session }: { session: Session }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const signOut = async () => {
    await sessionApi.signOut().catch(() => undefined);
    client.clear();
    await navigate({ to: "/sign-in", search: {} });
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.user} aria-label={t("user.menu", { name: session.user.name })}>
          <Avatar name={session.user.name} size={28} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <span className={classes.userName}>{session.user.name}</span>
          {session.user.email} · {t(`role.${session.role}`)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          leftSection={<UserRound size={16} />}
          onClick={() => void navigate({ to: "/settings/$section", params: { section: "profile" } })}
        >
          {t("user.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<LogOut size={16} />} onClick={() => void signOut()}>
          {t("user.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function TopBar({ session, onHelp }: { session: Session; onHelp: () => void }) {
  const { t } = useTranslation();
  const workspace = session.workspaces.find((each) => each.id === session.workspace_id);
  return (
    <header className={classes.bar}>
      <span className={`${classes.workspace} truncate`}>{workspace?.name}</span>
      <SearchField />
      <div className={classes.tools}>
        <ConnectionDot />
        <IconButton icon={CircleHelp} label={t("keys.title")} keys="?" onClick={onHelp} className={classes.wide} />
        <ThemeMenu />
        <LanguageMenu />
        <StatusMenu me={session.user.id} />
        <UserMenu session={session} />
      </div>
    </header>
  );
}
