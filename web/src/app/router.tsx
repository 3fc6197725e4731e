import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Broken, NotFound } from "@/app/Broken";
import { Shell } from "@/app/Shell";
import { InboxPage } from "@/features/inbox/InboxPage";
import { parseSearch } from "@/lib/filters";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("@/features/session/SignInPage"), "SignInPage"),
  validateSearch: (search): { next?: string } => (typeof search.next === "string" ? { next: search.next } : {}),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/features/session/WelcomePage"), "WelcomePage"),
  validateSearch: (search): { token?: string } => ("token" in search ? { token: String(search.token) } : {}),
});

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view", params: { view: "all" }, replace: true });
  },
});

const inbox = createRoute({
  getParentRoute: () => shell,
  path: "/inbox/$view",
  component: InboxPage,
  validateSearch: parseSearch,
});

const conversation = createRoute({ getParentRoute: () => inbox, path: "$conversation" });

const customers = createRoute({
  getParentRoute: () => shell,
  path: "/customers",
  component: lazyRouteComponent(() => import("@/features/customers/CustomersPage"), "CustomersPage"),
  validateSearch: (search): { q?: string } => (search.q === undefined ? {} : { q: String(search.q) }),
});

const customer = createRoute({ getParentRoute: () => customers, path: "$customer" });

/** What the network's way back puts into the address (api/routes/authorize.py). */
interface SettingsSearch {
  authorization?: string;
  authorization_refused?: string;
}

const live = createRoute({
  getParentRoute: () => shell,
  path: "/live",
  component: lazyRouteComponent(() => import("@/features/queue/QueuePage"), "QueuePage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
  validateSearch: (search): SettingsSearch => ({
    ...(typeof search.authorization === "string" && { authorization: search.authorization }),
    ...(typeof search.authorization_refused === "string" && { authorization_refused: search.authorization_refused }),
  }),
});

const settingsHome = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$section", params: { section: "channels" }, replace: true });
  },
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    welcome,
    shell.addChildren([
      home,
      inbox.addChildren([conversation]),
      customers.addChildren([customer]),
      live,
      settingsHome,
      settings,
    ]),
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: Broken,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
