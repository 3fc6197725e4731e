import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/app/SearchField.module.css";
import { Search, X } from "@/ui/icons";

const AFTER_TYPING = 250;

/** Searches conversations; the text lives in the address, so that a search can be shared and gone back to. */
export function SearchField() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { view } = useParams({ strict: false });
  const { q = "" } = useSearch({ strict: false });
  const current = typeof q === "string" ? q : "";
  const [text, setText] = useState(current);
  useEffect(() => setText(current), [current]);

  const search = (value: string) => {
    const wanted = value.trim();
    if (wanted === current) return;
    void navigate({
      to: "/inbox/$view",
      params: { view: view ?? "all" },
      search: (before) => {
        const { q: _q, status, ...rest } = before as Record<string, string>;
        return wanted ? { ...rest, q: wanted, status: status ?? "any" } : { ...rest, ...(status && status !== "any" && { status }) };
      },
      replace: current !== "",
    });
  };
  useEffect(() => {
    const timer = setTimeout(() => search(text), AFTER_TYPING);
    return () => clearTimeout(timer);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search(text);
    (document.querySelector("#list [data-pane-focus]") as HTMLElement | null)?.focus();
  };

  return (
    <form role="search" className={classes.form} onSubmit={submit}>
      <Search size={16} aria-hidden />
      <input
        id="search"
        type="search"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setText("");
          event.currentTarget.blur();
        }}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        autoComplete="off"
        spellCheck={false}
      />
      {text ? (
        <button type="button" onClick={() => setText("")} aria-label={t("search.clear")}>
          <X size={14} aria-hidden />
        </button>
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
    </form>
  );
}
