import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { customers } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Customer, CustomerDetail } from "@/api/types";
import classes from "@/ui/CustomerNotes.module.css";
import { sayProblem } from "@/ui/toasts";

/** Notes on a person, saved when one leaves the field. */
export function CustomerNotes({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [text, setText] = useState(customer.notes);
  const [saved, setSaved] = useState(false);
  const writing = useRef(false);
  const shown = writing.current ? text : customer.notes;

  const save = async () => {
    if (text === customer.notes) {
      writing.current = false;
      return;
    }
    try {
      const changed = await customers.change(customer.id, { notes: text });
      client.setQueryData<CustomerDetail>(keys.customer(customer.id), (detail) => detail && { ...detail, customer: { ...detail.customer, ...changed } });
      writing.current = false;
      setSaved(true);
    } catch (error) {
      // What was typed stays in the field.
      sayProblem(t("notes.failed"), error);
    }
  };
  return (
    <>
      <textarea
        className={classes.notes}
        value={shown}
        placeholder={t("notes.placeholder")}
        aria-label={t("notes.label")}
        rows={2}
        onFocus={() => {
          setText(shown);
          writing.current = true;
          setSaved(false);
        }}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => void save()}
      />
      <p className="sr-only" role="status">
        {saved && t("notes.saved")}
      </p>
    </>
  );
}
