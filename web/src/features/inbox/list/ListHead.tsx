import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Density } from "@/features/inbox/list/ConversationList";
import { FilterChips, FilterForm } from "@/features/inbox/list/Filters";
import classes from "@/features/inbox/list/ListHead.module.css";
import { ViewMenu } from "@/features/inbox/list/Views";
import { usePlace } from "@/features/inbox/place";
import { addedFilters } from "@/lib/filters";
import { number } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { ListFilter, Rows2, Rows3 } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Picker } from "@/ui/Picker";

interface Props {
  count: number;
  more: boolean;
  density: Density;
  onDensity: () => void;
}

export function ListHead({ count, more, density, onDensity }: Props) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  const { search, setSearch } = usePlace();
  const [filtering, setFiltering] = useState(false);
  const [sorting, setSorting] = useState(false);
  const sort = search.sort === "waiting" || search.sort === "answer_by" ? search.sort : "newest";
  const added = addedFilters(search).length;
  return (
    <>
      <div className={classes.head}>
        <ViewMenu />
        {count > 0 && (
          <span className={classes.count}>
            {number(count, locale)}
            {more && "+"}
          </span>
        )}
        <div className={classes.tools}>
          <Picker
            opened={sorting}
            onOpen={setSorting}
            options={[
              { value: "newest", label: t("sort.newest") },
              { value: "answer_by", label: t("sort.answer_by") },
              { value: "waiting", label: t("sort.waiting") },
            ]}
            chosen={[sort]}
            onPick={(value) => setSearch({ sort: value === "newest" ? undefined : value })}
            label={t("sort.label")}
            width={190}
          >
            <Button size="compact-sm" variant="subtle" color="gray" className={classes.sort} onClick={() => setSorting(!sorting)}>
              {t(`sort.${sort}`)}
            </Button>
          </Picker>
          <IconButton
            icon={ListFilter}
            label={t("filter.label")}
            aria-expanded={filtering}
            data-active={filtering || added > 0 || undefined}
            className={classes.filterButton}
            onClick={() => setFiltering(!filtering)}
          />
          <IconButton
            icon={density === "compact" ? Rows2 : Rows3}
            label={t(density === "compact" ? "list.comfortable" : "list.compact")}
            onClick={onDensity}
          />
        </div>
      </div>
      {filtering && <FilterForm />}
      {added > 0 && <FilterChips />}
    </>
  );
}
