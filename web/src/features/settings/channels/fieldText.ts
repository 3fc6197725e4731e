import { useTranslation } from "react-i18next";
import type { PlatformField, PlatformScope } from "@/api/types";

/** A platform's own words for its fields: ours where the catalog has them, its English ones otherwise. */
export function useFieldText(platform: string) {
  const { t, i18n } = useTranslation("platforms");
  return (field: PlatformField, part: "label" | "help"): string => {
    const key = `${platform}.${field.key}.${part}`;
    return i18n.exists(key, { ns: "platforms" }) ? String(t(key as never)) : field[part];
  };
}

/** What a permission is for, likewise. Names of permissions have dots and slashes, which keys cannot have. */
export function usePurpose(platform: string) {
  const { t, i18n } = useTranslation("platforms");
  return (scope: PlatformScope): string => {
    const key = `${platform}.scopes.${scope.name.replace(/[^a-z0-9]+/gi, "_")}`;
    return i18n.exists(key, { ns: "platforms" }) ? String(t(key as never)) : scope.purpose;
  };
}
