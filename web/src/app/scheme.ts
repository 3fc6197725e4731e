import type { MantineColorScheme, MantineColorSchemeManager } from "@mantine/core";
import { recall, remember } from "@/lib/remember";

/** Keeps the theme where first-paint.js finds it before anything is drawn. */
export const schemeManager: MantineColorSchemeManager = {
  get: (otherwise) => (recall("theme") as MantineColorScheme | null) ?? otherwise,
  set: (value) => remember("theme", value),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => remember("theme", null),
};
