import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import "@/features/settings/mantine.css";
import type { Role } from "@/api/types";
import { ApiKeysSection } from "@/features/settings/ApiKeys";
import { ChannelsSection } from "@/features/settings/channels/Channels";
import { DeliveriesSection } from "@/features/settings/Deliveries";
import { MembersSection } from "@/features/settings/Members";
import { ProfileSection } from "@/features/settings/Profile";
import { AgentsSection } from "@/features/settings/routing/Agents";
import { RoutingSection } from "@/features/settings/routing/Policies";
import { TeamsSection } from "@/features/settings/routing/Teams";
import { QuarantineSection } from "@/features/settings/Quarantine";
import { RulesSection } from "@/features/settings/rules/Rules";
import classes from "@/features/settings/Settings.module.css";
import { TagsSection } from "@/features/settings/Tags";
import { WorkspaceSection } from "@/features/settings/WorkspaceSettings";
import { useSession } from "@/live/queries";
import { Lock } from "@/ui/icons";
import { Empty } from "@/ui/states";

const CalendarsSection = lazy(() => import("@/features/settings/calendars/CalendarsSection").then((found) => ({ default: found.CalendarsSection })));
const PoliciesSection = lazy(() => import("@/features/settings/sla/PoliciesSection").then((found) => ({ default: found.PoliciesSection })));

const EVERYBODY: Role[] = ["agent", "supervisor", "administrator"];
const WATCHING: Role[] = ["supervisor", "administrator"];
const ADMINISTRATORS: Role[] = ["administrator"];

/** The sections with who may see them: the same rights as the API's. */
const SECTIONS = {
  channels: { roles: EVERYBODY, page: ChannelsSection },
  quarantine: { roles: WATCHING, page: QuarantineSection },
  deliveries: { roles: WATCHING, page: DeliveriesSection },
  agents: { roles: WATCHING, page: AgentsSection },
  teams: { roles: WATCHING, page: TeamsSection },
  routing: { roles: WATCHING, page: RoutingSection },
  rules: { roles: WATCHING, page: RulesSection },
  hours: { roles: WATCHING, page: CalendarsSection },
  sla: { roles: WATCHING, page: PoliciesSection },
  tags: { roles: WATCHING, page: TagsSection },
  members: { roles: WATCHING, page: MembersSection },
  keys: { roles: ADMINISTRATORS, page: ApiKeysSection },
  workspace: { roles: WATCHING, page: WorkspaceSection },
  profile: { roles: EVERYBODY, page: ProfileSection },
} as const;

type Name = keyof typeof SECTIONS;

function isName(text: string): text is Name {
  return text in SECTIONS;
}

export function SettingsPage() {
  const { t } = useTranslation(["settings", "common"]);
  const { section = "channels" } = useParams({ strict: false }) as { section?: string };
  const { role } = useSession();
  const known = isName(section) ? SECTIONS[section] : null;
  const Page = known?.page;
  const nav = useRef<HTMLElement>(null);
  // On a phone the sections are one line that scrolls.
  useEffect(() => {
    // Newer browsers return a promise, which is no clean-up.
    void nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [section]);
  return (
    <div className={classes.page}>
      <nav ref={nav} className={classes.nav} aria-label={t("title")} data-pane>
        <h1>{t("title")}</h1>
        <ul>
          {(Object.keys(SECTIONS) as Name[])
            .filter((name) => SECTIONS[name].roles.includes(role))
            .map((name) => (
              <li key={name}>
                <Link to="/settings/$section" params={{ section: name }} className={classes.navItem}>
                  {t(`common:section.${name}`)}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
      <main id="thread" className={classes.main} tabIndex={-1} data-pane>
        {Page && known.roles.includes(role) ? (
          <Suspense>
            <Page key={section} />
          </Suspense>
        ) : (
          <Empty icon={Lock} title={t(known ? "forbidden" : "common:notFound.title")} text={known ? t("forbiddenText") : undefined} />
        )}
      </main>
    </div>
  );
}
