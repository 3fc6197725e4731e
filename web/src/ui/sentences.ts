import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";

/** Says a problem in the user's language; the server's own sentence where the page has none for its code. */
export function useSentence(): (problem: Problem) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (problem) => {
      const key = `error.codes.${problem.code}`;
      const { reason } = problem.extra as { reason?: unknown };
      if (problem.code === "ability_missing" && typeof reason === "string") {
        // The platform's own reason is in English only.
        return i18n.language.startsWith("en") ? reason : `${t("error.codes.ability_missing")} (${reason})`;
      }
      if (i18n.exists(key)) return String(t(key as "error.codes.no_answer", problem.extra as never));
      if (problem.message) return problem.message;
      if (problem.status >= 500) return t("error.server");
      return t("error.other");
    },
    [t, i18n],
  );
}
