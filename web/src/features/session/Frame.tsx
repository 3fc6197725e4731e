import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import "@mantine/core/styles/PasswordInput.css";
import classes from "@/features/session/Frame.module.css";
import { LANGUAGES, setLanguage, type Language } from "@/ui/i18n";

interface Props {
  title: string;
  note?: string;
  children: ReactNode;
}

/** The card of the pages before signing in. */
export function Frame({ title, note, children }: Props) {
  const { i18n } = useTranslation();
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <img src="/mark.svg" alt="Hark" width={40} height={40} />
        <h1>{title}</h1>
        {note && <p className={classes.note}>{note}</p>}
        {children}
      </div>
      <nav className={classes.languages}>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <button
            key={language}
            type="button"
            lang={language}
            aria-pressed={i18n.language === language}
            onClick={() => void setLanguage(language)}
          >
            {LANGUAGES[language]}
          </button>
        ))}
      </nav>
    </main>
  );
}
