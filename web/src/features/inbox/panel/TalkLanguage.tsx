import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { handing } from "@/api/routing";
import type { Conversation } from "@/api/types";
import { LANGUAGE_CODES } from "@/lib/languages";
import classes from "@/features/inbox/panel/TalkLanguage.module.css";
import { languageName } from "@/lib/time";
import { meOf } from "@/live/queries";
import { applyConversation } from "@/live/reducer";
import { useLocale } from "@/ui/i18n";
import { sayProblem } from "@/ui/toasts";

/** In which language the conversation is held; detected, and put right here. */
export default function TalkLanguage({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("routing");
  const locale = useLocale();
  const client = useQueryClient();
  const choose = async (language: string) => {
    try {
      applyConversation(client, await handing.setLanguage(conversation.id, language || null), meOf(client));
    } catch (error) {
      sayProblem(t("hand.failed"), error);
    }
  };
  const names = LANGUAGE_CODES.map((code) => [code, languageName(code, locale)] as const).toSorted((one, other) => one[1].localeCompare(other[1], locale));
  return (
    <span className={classes.language}>
      <select value={conversation.language ?? ""} aria-label={t("hand.change")} onChange={(event) => void choose(event.currentTarget.value)}>
        <option value="">{t("hand.unknown")}</option>
        {names.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      {conversation.language_by && <small>{t(conversation.language_by === "person" ? "hand.corrected" : "hand.detected")}</small>}
    </span>
  );
}
