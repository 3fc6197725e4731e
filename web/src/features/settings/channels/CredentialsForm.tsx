import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Platform, PlatformField } from "@/api/types";
import { useFieldText } from "@/features/settings/channels/fieldText";
import classes from "@/features/settings/Settings.module.css";
import { useSaving } from "@/features/settings/useSaving";
import { Failed } from "@/ui/states";

interface Props {
  platform: Platform;
  /** The fields that are asked for; all of the platform's otherwise. */
  fields?: PlatformField[];
  /** Those of them that must be given here, whatever the platform says of connecting without its own page. */
  needed?: string[];
  /** What is known of an account that is connected already; its secrets are not. */
  known?: Record<string, string>;
  action: string;
  onSubmit: (values: Record<string, string>) => Promise<void>;
  onCancel: () => void;
  children?: ReactNode;
}

export function CredentialsForm({ platform, fields = platform.fields, needed, known, action, onSubmit, onCancel, children }: Props) {
  const { t } = useTranslation("common");
  const text = useFieldText(platform.platform);
  const saving = useSaving();
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(fields.map((field) => [field.key, known?.[field.key] ?? field.default])));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = Object.fromEntries(
      Object.entries(values)
        .map(([key, value]) => [key, value.trim()] as const)
        .filter(([, value]) => value !== ""),
    );
    void saving.run(() => onSubmit(given));
  };
  return (
    <form className={classes.form} style={{ maxWidth: "none" }} onSubmit={submit} autoComplete="off">
      {fields.map((field, index) => {
        const Field = field.secret ? PasswordInput : TextInput;
        return (
          <Field
            key={field.key}
            label={text(field, "label")}
            description={text(field, "help") || undefined}
            required={(needed?.includes(field.key) ?? field.required) && !(known && field.secret)}
            value={values[field.key] ?? ""}
            onChange={({ currentTarget: { value } }) => setValues((before) => ({ ...before, [field.key]: value }))}
            error={saving.fields[field.key] ?? saving.fields[`values.${field.key}`]}
            autoComplete={field.secret ? "new-password" : "off"}
            spellCheck={false}
            data-autofocus={index === 0 || undefined}
          />
        );
      })}
      {children}
      {saving.problem && <Failed error={saving.problem} compact />}
      <div className={classes.formActions}>
        <Button variant="default" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
        <Button type="submit" loading={saving.busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
