import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { customers } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Customer, CustomerDetail } from "@/api/types";
import classes from "@/features/customers/Customers.module.css";
import { Avatar } from "@/ui/Avatar";
import { ConversationLine } from "@/ui/ConversationLine";
import { CustomerNotes } from "@/ui/CustomerNotes";
import { ChevronLeft, Pencil, Search } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Identities } from "@/ui/Identities";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";
import { sayProblem } from "@/ui/toasts";

export function CustomerPage({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const navigate = useNavigate();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.customer(id),
    queryFn: ({ signal }) => customers.detail(id, { signal }),
  });
  if (isPending) return <SkeletonRows count={4} />;
  if (!data) {
    if (asProblem(error).status === 404) return <Empty icon={Search} title={t("notFound")} />;
    return <Failed error={error} onRetry={() => void refetch()} />;
  }
  return (
    <div className={classes.customer}>
      <header className={classes.person}>
        <IconButton icon={ChevronLeft} label={t("back")} className={classes.back} onClick={() => void navigate({ to: "/customers" })} />
        <Avatar name={data.customer.name || "?"} size={56} />
        <div>
          <Name customer={data.customer} />
          <p className={classes.since}>
            {t("since")} <When at={data.customer.created_at} />
          </p>
        </div>
      </header>
      <div className={classes.columns}>
        <div className={classes.column}>
          <section>
            <h3>{t("identities")}</h3>
            <Identities identities={data.identities} />
          </section>
          <section>
            <h3>{t("notes")}</h3>
            <CustomerNotes customer={data.customer} />
          </section>
        </div>
        <section>
          <h3>{t("conversations", { count: data.conversations.length })}</h3>
          {data.conversations.length === 0 && <p className={classes.since}>{t("noConversations")}</p>}
          <ul>
            {data.conversations.map((conversation) => (
              <li key={conversation.id}>
                <ConversationLine
                  conversation={conversation}
                  href={`/inbox/all/${conversation.id}`}
                  onOpen={() => void navigate({ to: "/inbox/$view/$conversation", params: { view: "all", conversation: conversation.id } })}
                />
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function Name({ customer }: { customer: Customer }) {
  const { t } = useTranslation("customers");
  const client = useQueryClient();
  const [text, setText] = useState<string | null>(null);
  const save = async () => {
    const name = text?.trim() ?? "";
    setText(null);
    if (!name || name === customer.name) return;
    try {
      const changed = await customers.change(customer.id, { name });
      client.setQueryData<CustomerDetail>(keys.customer(customer.id), (detail) => detail && { ...detail, customer: { ...detail.customer, ...changed } });
    } catch (error) {
      setText(name);
      sayProblem(t("renameFailed"), error);
    }
  };
  if (text === null) {
    return (
      <h1 className={classes.name}>
        {customer.name || t("unknown")} <IconButton icon={Pencil} iconSize={14} size={24} label={t("rename")} onClick={() => setText(customer.name)} />
      </h1>
    );
  }
  return (
    <input
      className={classes.nameField}
      value={text}
      autoFocus
      aria-label={t("rename")}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setText(null);
      }}
    />
  );
}
