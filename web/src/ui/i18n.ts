import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type common from "@/locales/en/common.json";
import type customers from "@/locales/en/customers.json";
import type inbox from "@/locales/en/inbox.json";
import type platforms from "@/locales/en/platforms.json";
import type routing from "@/locales/en/routing.json";
import type rules from "@/locales/en/rules.json";
import type session from "@/locales/en/session.json";
import type sla from "@/locales/en/sla.json";
import type settings from "@/locales/en/settings.json";
import { recall, remember } from "@/lib/remember";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      common: typeof common;
      customers: typeof customers;
      inbox: typeof inbox;
      platforms: typeof platforms;
      routing: typeof routing;
      rules: typeof rules;
      session: typeof session;
      settings: typeof settings;
      sla: typeof sla;
    };
  }
}

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const files = import.meta.glob<{ default: Record<string, unknown> }>("../locales/*/*.json");

const catalogs = {
  type: "backend" as const,
  init: () => undefined,
  async read(language: string, area: string) {
    const load = files[`../locales/${language}/${area}.json`];
    return load ? (await load()).default : {};
  },
};

export function isLanguage(text: unknown): text is Language {
  return typeof text === "string" && text in LANGUAGES;
}

function firstLanguage(): Language {
  const wished = [recall("locale"), ...navigator.languages.map((name) => name.slice(0, 2))];
  return wished.find(isLanguage) ?? "en";
}

export async function startI18n(areas: string[]): Promise<void> {
  await i18next
    .use(catalogs)
    .use(initReactI18next)
    .init({
      lng: firstLanguage(),
      fallbackLng: "en",
      supportedLngs: Object.keys(LANGUAGES),
      ns: areas,
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  document.documentElement.lang = i18next.language;
}

export async function setLanguage(language: Language): Promise<void> {
  remember("locale", language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** The locale for dates and numbers: the browser's own variant of the chosen language where it has one. */
export function localeOf(language: string): string {
  return navigator.languages.find((name) => name.slice(0, 2) === language) ?? language;
}

export function useLocale(): string {
  return localeOf(useTranslation().i18n.language);
}
