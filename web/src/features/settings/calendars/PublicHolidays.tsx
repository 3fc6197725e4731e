import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/settings/calendars/Calendars.module.css";
import { calendars as api, slaKeys, type CalendarSpec } from "@/features/settings/sla/api";
import { now } from "@/lib/clock";
import { useLocale } from "@/ui/i18n";
import { Plus, X } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";
import { Picker } from "@/ui/Picker";

type Choice = CalendarSpec["public_holidays"][number];

/** Public holidays by country and region, found by typing. */
export function PublicHolidays({ spec, onChange }: { spec: CalendarSpec; onChange: (spec: CalendarSpec) => void }) {
  const { t } = useTranslation("sla");
  const locale = useLocale();
  const { data } = useQuery({ queryKey: slaKeys.countries, queryFn: api.countries });
  const [picking, setPicking] = useState(false);
  const names = useMemo(() => new Intl.DisplayNames(locale, { type: "region" }), [locale]);
  const options = useMemo(
    () =>
      (data ?? [])
        .map(({ code }) => ({ value: code, label: names.of(code) ?? code, hint: code }))
        .toSorted((a, b) => a.label.localeCompare(b.label, locale)),
    [data, names, locale],
  );
  const set = (choices: Choice[]) => onChange({ ...spec, public_holidays: choices });
  return (
    <fieldset className={classes.group}>
      <legend>{t("holiday.public")}</legend>
      {spec.public_holidays.map((choice, index) => {
        const country = names.of(choice.country) ?? choice.country;
        const parts = data?.find((each) => each.code === choice.country)?.subdivisions ?? [];
        return (
          <div key={`${choice.country}-${index}`} className={classes.place}>
            <b>{country}</b>
            {parts.length > 0 && (
              <select className={classes.select} aria-label={t("holiday.region", { country })} value={choice.subdivision ?? ""} onChange={(event) => set(spec.public_holidays.with(index, { ...choice, subdivision: event.currentTarget.value || null }))}>
                <option value="">{t("holiday.whole")}</option>
                {parts.map((part) => (
                  <option key={part.code} value={part.code}>
                    {part.name === part.code ? part.code : `${part.name} (${part.code})`}
                  </option>
                ))}
              </select>
            )}
            <IconButton icon={X} iconSize={14} label={t("remove", { name: country })} onClick={() => set(spec.public_holidays.toSpliced(index, 1))} />
            <Listed choice={choice} />
          </div>
        );
      })}
      <Picker
        opened={picking}
        onOpen={setPicking}
        options={options}
        chosen={[]}
        onPick={(country) => {
          set([...spec.public_holidays, { country, subdivision: null }]);
          setPicking(false);
        }}
        label={t("holiday.add")}
        search={t("holiday.search")}
        empty={t("holiday.noCountry")}
        width={280}
      >
        <Button className={classes.addAt} variant="default" size="compact-sm" leftSection={<Plus size={14} />} onClick={() => setPicking(true)}>
          {t("holiday.add")}
        </Button>
      </Picker>
    </fieldset>
  );
}

/** Which days these are, this year. */
function Listed({ choice }: { choice: Choice }) {
  const { t, i18n } = useTranslation("sla");
  const locale = useLocale();
  const year = new Date(now()).getUTCFullYear();
  const { data } = useQuery({
    queryKey: slaKeys.holidays(choice.country, choice.subdivision, year, i18n.language),
    queryFn: () => api.holidays(choice.country, choice.subdivision, year, i18n.language),
  });
  if (!data) return null;
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return (
    <details className={classes.listed}>
      <summary>{t("holiday.count", { count: data.length, year })}</summary>
      <ul>
        {data.map((each) => (
          <li key={each.date}>
            <span>{day.format(Date.parse(each.date))}</span> {each.name}
          </li>
        ))}
      </ul>
    </details>
  );
}
