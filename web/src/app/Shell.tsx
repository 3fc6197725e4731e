import { Navigate, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { setCredentials } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Session } from "@/api/types";
import { ConnectionBanner } from "@/app/ConnectionBanner";
import { openPalette } from "@/app/openPalette";
import { Rail } from "@/app/Rail";
import { TopBar } from "@/app/TopBar";
import classes from "@/app/Shell.module.css";
import { useKeys, useLeader } from "@/lib/keys";
import { recall } from "@/lib/remember";
import { LiveProvider } from "@/live/Live";
import { useSessionQuery } from "@/live/queries";
import { isLanguage, setLanguage } from "@/ui/i18n";
import { AfterAMoment, Failed } from "@/ui/states";
import { undoLast } from "@/ui/toasts";

const Palette = lazy(() => import("@/app/Palette"));
const HelpOverlay = lazy(() => import("@/app/HelpOverlay"));

/** Everything behind the sign-in: frame, socket, keys that work everywhere. */
export function Shell() {
  const { data: session, error, isPending, refetch } = useSessionQuery();
  const location = useLocation();
  if (isPending) return <AfterAMoment>{null}</AfterAMoment>;
  if (error && asProblem(error).status === 401) {
    return <Navigate to="/sign-in" search={location.href === "/" ? {} : { next: location.href }} replace />;
  }
  if (!session) return <Failed error={error} onRetry={() => void refetch()} />;
  return <SignedIn session={session} />;
}

function SignedIn({ session }: { session: Session }) {
  setCredentials(session.csrf_token, session.workspace_id);
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const navigate = useNavigate();

  useEffect(() => {
    if (!recall("locale") && isLanguage(session.user.locale)) void setLanguage(session.user.locale);
  }, [session.user.locale]);

  const goTo = (view: string) => () => void navigate({ to: "/inbox/$view", params: { view } });
  useKeys({
    "mod+k": () => {
      setPalette(true);
      openPalette();
    },
    "?": () => setHelp(true),
    z: undoLast,
    "g i": goTo("all"),
    "g m": goTo("mine"),
    "g u": goTo("unassigned"),
    "g c": () => void navigate({ to: "/customers" }),
    "g l": () => void navigate({ to: "/live" }),
    "g s": () => void navigate({ to: "/settings/$section", params: { section: "channels" } }),
    "/": () => document.getElementById("search")?.focus(),
    F6: nextPane,
  });
  useLeader("g");

  return (
    <LiveProvider me={session.user.id}>
      <SkipLinks />
      <div className={classes.shell}>
        <Rail />
        <div className={classes.page}>
          <TopBar session={session} onHelp={() => setHelp(true)} />
          <ConnectionBanner />
          <div className={classes.content}>
            <Suspense>
              <Outlet />
            </Suspense>
          </div>
        </div>
      </div>
      <Suspense>
        {palette && <Palette />}
        {help && <HelpOverlay onClose={() => setHelp(false)} />}
      </Suspense>
    </LiveProvider>
  );
}

/** To the panes that the page has. On a phone one pane is shown at a time. */
function SkipLinks() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [, page, , conversation] = pathname.split("/");
  return (
    <>
      {(page === "inbox" || page === "customers") && (
        <a className="skip-link" href="#list">
          {t("skip.list")}
        </a>
      )}
      <a className="skip-link" href="#thread">
        {t(page === "inbox" ? "skip.thread" : "skip.content")}
      </a>
      {page === "inbox" && conversation && (
        <a className="skip-link" href="#composer">
          {t("skip.composer")}
        </a>
      )}
    </>
  );
}

/** F6 walks through the panes; each marks itself with data-pane. */
function nextPane(event: KeyboardEvent): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(at + (event.shiftKey ? -1 : 1) + panes.length) % panes.length];
  (next?.querySelector<HTMLElement>("[data-pane-focus]") ?? next)?.focus();
}
