import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { session as api } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Session } from "@/api/types";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { useSession } from "@/live/queries";
import { LANGUAGES, setLanguage, type Language } from "@/ui/i18n";
import { Failed } from "@/ui/states";
import { say } from "@/ui/toasts";

export function ProfileSection() {
  const { t } = useTranslation(["settings", "common"]);
  return (
    <Section title={t("common:section.profile")}>
      <div className={classes.cards}>
        <Person />
        <Password />
      </div>
    </Section>
  );
}

function Person() {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const { user } = useSession();
  const [name, setName] = useState(user.name);
  const [locale, setLocale] = useState<Language>(i18n.language as Language);
  const saving = useSaving();
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      await api.updateMe({ name: name.trim(), locale });
      client.setQueryData<Session>(keys.session, (before) => before && { ...before, user: { ...before.user, name: name.trim(), locale } });
      await setLanguage(locale);
      say(t("saved"));
    });
  };
  return (
    <form className={`${classes.card} ${classes.form}`} onSubmit={save}>
      <TextInput label={t("profile.email")} value={user.email} readOnly />
      <TextInput label={t("profile.name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} />
      <label className={classes.label}>
        {t("common:language.label")}
        <select className={classes.select} value={locale} onChange={(event) => setLocale(event.currentTarget.value as Language)}>
          {(Object.keys(LANGUAGES) as Language[]).map((language) => (
            <option key={language} value={language} lang={language}>
              {LANGUAGES[language]}
            </option>
          ))}
        </select>
      </label>
      {saving.problem && <Failed error={saving.problem} compact />}
      <div className={classes.formActions}>
        <Button type="submit" loading={saving.busy} disabled={!name.trim() || (name === user.name && locale === i18n.language)}>
          {t("common:action.save")}
        </Button>
      </div>
    </form>
  );
}

function Password() {
  const { t } = useTranslation("settings");
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const saving = useSaving();
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      await api.changePassword(current, next);
      setCurrent("");
      setNext("");
      say(t("profile.passwordChanged"));
    });
  };
  const toggle = { "aria-label": t("profile.show") };
  return (
    <form className={`${classes.card} ${classes.form}`} onSubmit={save}>
      <h3>{t("profile.password")}</h3>
      <PasswordInput label={t("profile.current")} autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.currentTarget.value)} visibilityToggleButtonProps={toggle} error={saving.fields.current} />
      <PasswordInput label={t("profile.new")} description={t("profile.hint")} autoComplete="new-password" required minLength={10} value={next} onChange={(event) => setNext(event.currentTarget.value)} visibilityToggleButtonProps={toggle} error={saving.fields.new} />
      {saving.problem && <Failed error={saving.problem} compact />}
      <div className={classes.formActions}>
        <Button type="submit" loading={saving.busy} disabled={!current || !next}>
          {t("profile.change")}
        </Button>
      </div>
    </form>
  );
}
