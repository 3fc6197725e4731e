import { Button, Modal, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Template } from "@/api/types";
import classes from "@/features/inbox/composer/TemplatePicker.module.css";
import { blanksOf, filled } from "@/features/inbox/composer/templates";
import { dateTime, languageName } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { ChevronLeft, RefreshCw, Search, Send } from "@/ui/icons";
import { Bone, Failed } from "@/ui/states";

interface Props {
  account: string;
  onClose: () => void;
  onSend: (template: Template, values: string[], text: string) => void;
}

/** Chooses a text that the network approved, fills its blanks, and shows what the customer will read. */
export default function TemplatePicker({ account, onClose, onSend }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const [chosen, setChosen] = useState<Template | null>(null);
  return (
    <Modal opened onClose={onClose} size="lg" title={chosen ? chosen.name : t("template.title")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {chosen ? (
        <Blanks template={chosen} onBack={() => setChosen(null)} onSend={onSend} />
      ) : (
        <Choice account={account} onChoose={setChosen} />
      )}
    </Modal>
  );
}

function Choice({ account, onChoose }: { account: string; onChoose: (template: Template) => void }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const client = useQueryClient();
  const [q, setQ] = useState("");
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: keys.templates(account),
    queryFn: ({ signal }) => accounts.templates(account, false, { signal }),
    staleTime: 60_000,
  });
  const again = async () => client.setQueryData(keys.templates(account), await accounts.templates(account, true).catch(() => data));
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} compact />;
  if (!data) return <Bone width="100%" height={160} />;
  const words = q.trim().toLowerCase();
  const found = data.templates.filter((each) => `${each.name} ${each.body} ${each.language}`.toLowerCase().includes(words));
  return (
    <>
      {data.templates.length > 4 && (
        <TextInput
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          leftSection={<Search size={16} />}
          placeholder={t("template.search")}
          aria-label={t("template.search")}
          data-autofocus
        />
      )}
      {data.templates.length === 0 && <p className={classes.none}>{t("template.none")}</p>}
      {data.templates.length > 0 && found.length === 0 && <p className={classes.none}>{t("template.noMatch")}</p>}
      <ul className={classes.list}>
        {found.map((template) => (
          <li key={`${template.name}/${template.language}`}>
            <button type="button" onClick={() => onChoose(template)}>
              <span className={classes.name}>
                <b className="truncate">{template.name}</b>
                <span>
                  {languageName(template.language.replace("_", "-"), locale)}
                  {template.category && ` · ${template.category.toLowerCase()}`}
                </span>
              </span>
              <span className={classes.body} dir="auto">
                {template.body}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className={classes.age} data-stale={data.stale || undefined}>
        {data.at && t(data.stale ? "template.stale" : "template.age", { time: dateTime(data.at, locale) })}
        <Button variant="subtle" size="compact-xs" leftSection={<RefreshCw size={12} />} loading={isFetching} onClick={() => void again()}>
          {t("template.refresh")}
        </Button>
      </p>
    </>
  );
}

function Blanks({ template, onBack, onSend }: { template: Template; onBack: () => void; onSend: Props["onSend"] }) {
  const { t } = useTranslation("inbox");
  const blanks = blanksOf(template);
  const [values, setValues] = useState<string[]>(() => blanks.map(() => ""));
  const text = filled(template, values);
  const ready = values.every((value) => value.trim() !== "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend(template, values.map((value) => value.trim()), text);
      }}
    >
      {blanks.map((name, index) => (
        <TextInput
          key={name}
          className={classes.blank}
          label={t("template.value", { name })}
          value={values[index]}
          required
          maxLength={1024}
          data-autofocus={index === 0 || undefined}
          onChange={(event) => setValues(values.with(index, event.currentTarget.value))}
        />
      ))}
      <p className={classes.label}>{t("template.preview")}</p>
      <p className={classes.preview} dir="auto" aria-live="polite">
        {text}
      </p>
      <div className={classes.actions}>
        <Button variant="default" leftSection={<ChevronLeft size={16} />} onClick={onBack}>
          {t("template.back")}
        </Button>
        <Button type="submit" disabled={!ready} leftSection={<Send size={16} />} data-autofocus={blanks.length === 0 || undefined}>
          {t("template.send")}
        </Button>
      </div>
    </form>
  );
}
