import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { languageName, span } from "@/lib/time";
import { useSkills } from "@/live/routing";
import { useLocale } from "@/ui/i18n";

const STRATEGIES = new Set(["round_robin", "load_balanced", "skill_based"]);
const PASSED = ["full", "full_on", "away", "offline", "off_hours", "not_in_team", "not_on_account", "lacks_language", "lacks_skill", "fair_limit"] as const;
type Passed = (typeof PASSED)[number];

interface Skill {
  skill: string;
  level: number;
}

/** Sentences about routing: why somebody got a conversation, and what stood in the way of the others. */
export function useReasons() {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const { data: skills } = useSkills();
  const list = (parts: string[]) => new Intl.ListFormat(locale, { type: "conjunction" }).format(parts);

  /** "1 full, 2 away": how many were passed over for what. */
  const passed = (counts: unknown): string =>
    PASSED.filter((code) => Number((counts as Json | undefined)?.[code]) > 0)
      .map((code: Passed) => t(`block.${code}`, { count: Number((counts as Json)[code]) }))
      .join(", ");

  const asked = (reason: Json): string => {
    const parts = ((reason.skills as Skill[] | undefined) ?? []).map(({ skill, level }) =>
      t(level > 1 ? "reason.skill" : "reason.skillAny", { name: skills?.items.find((each) => each.id === skill)?.name ?? "?", level }),
    );
    const language = reason.language as { code: string; level: number } | undefined;
    if (language) parts.unshift(t(language.level > 1 ? "reason.language" : "reason.languageAny", { name: languageName(language.code, locale), level: language.level }));
    return parts.length === 0 ? "" : t("reason.with", { what: list(parts) });
  };

  const chosen = (reason: Json): string => {
    const code = String(reason.code);
    if (!STRATEGIES.has(code)) return t("reason.previous_agent");
    const count = Number(reason.eligible ?? 1);
    return count <= 1 ? t("reason.only", { with: asked(reason) }) : t(`reason.${code as "round_robin"}`, { count, with: asked(reason) });
  };

  /** "Assigned to Anna: longest without a new one of 3 with German at level 2 or more; 1 full, 1 away". */
  const assigned = (name: string, reason: Json): string => {
    const parts = [chosen(reason), passed(reason.passed)];
    if (Number(reason.waited_s ?? 0) >= 60) parts.push(t("reason.waited", { time: span(Number(reason.waited_s) * 1000, locale) }));
    return t("reason.assigned", { name, why: parts.filter(Boolean).join("; ") });
  };

  const back = (reason: Json): string | null => {
    const code = String(reason.code);
    return code === "agent_offline" || code === "reopened_absent" ? t("reason.back", { why: t(`reason.${code}`) }) : null;
  };

  /** Whether `assigned` has something to say about it. */
  const tells = (reason: unknown): reason is Json => {
    const code = String((reason as Json | null | undefined)?.code);
    return STRATEGIES.has(code) || code === "previous_agent";
  };
  return { assigned, back, passed, tells };
}
