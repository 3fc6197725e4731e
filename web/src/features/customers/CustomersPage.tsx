import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { customers } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { CustomerPage } from "@/features/customers/CustomerPage";
import classes from "@/features/customers/Customers.module.css";
import { useOnePane } from "@/lib/onePane";
import { Avatar } from "@/ui/Avatar";
import { Search, Users } from "@/ui/icons";
import { Empty, Failed, ProgressLine, SkeletonRows } from "@/ui/states";

const AFTER_TYPING = 250;

/** Everybody who ever wrote, and one of them in full. */
export function CustomersPage() {
  const { t } = useTranslation("customers");
  const { customer } = useParams({ strict: false }) as { customer?: string };
  const onePane = useOnePane();
  return (
    <div className={classes.page} data-open={customer ? true : undefined}>
      <section id="list" className={classes.list} role={onePane && !customer ? "main" : undefined} aria-label={t("title")} tabIndex={-1} data-pane>
        <List selected={customer ?? null} />
      </section>
      <main id="thread" className={classes.detail} tabIndex={-1} data-pane>
        {customer ? <CustomerPage key={customer} id={customer} /> : <Empty icon={Users} title={t("choose")} />}
      </main>
    </div>
  );
}

function List({ selected }: { selected: string | null }) {
  const { t } = useTranslation(["customers", "common"]);
  const { q = "" } = useSearch({ strict: false }) as { q?: string };
  const query = useInfiniteQuery({
    queryKey: keys.customers(q),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => customers.list(q, pageParam, { signal }),
    getNextPageParam: (page) => page.next,
  });
  const people = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return (
    <>
      <div className={classes.head}>
        <h1>{t("title")}</h1>
      </div>
      <Find q={q} />
      <div className={classes.rows}>
        <ProgressLine active={query.isFetching && !query.isPending} />
        {query.isPending && <SkeletonRows height={56} />}
        {query.isError && <Failed error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && people.length === 0 && <Empty icon={q ? Search : Users} title={t(q ? "noMatch" : "empty")} />}
        <ul>
          {people.map((person) => (
            <li key={person.id}>
              <Link
                to="/customers/$customer"
                params={{ customer: person.id }}
                search={q ? { q } : {}}
                className={classes.row}
                data-open={person.id === selected || undefined}
                aria-current={person.id === selected ? "true" : undefined}
              >
                <Avatar name={person.name || "?"} size={32} />
                <span className="truncate">{person.name || t("unknown")}</span>
                {person.language && <span className={classes.language}>{person.language}</span>}
              </Link>
            </li>
          ))}
        </ul>
        {query.hasNextPage && (
          <Button variant="default" className={classes.more} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("common:action.more")}
          </Button>
        )}
      </div>
    </>
  );
}

function Find({ q }: { q: string }) {
  const { t } = useTranslation("customers");
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text.trim() !== q) void navigate({ to: ".", search: text.trim() ? { q: text.trim() } : {}, replace: true });
    }, AFTER_TYPING);
    return () => clearTimeout(timer);
  }, [text, q, navigate]);
  return (
    <input
      type="search"
      className={classes.search}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      placeholder={t("search")}
      aria-label={t("search")}
      data-pane-focus
    />
  );
}
