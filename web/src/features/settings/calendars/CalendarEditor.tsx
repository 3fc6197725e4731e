import { Button, TextInput } from "@mantine/core";
import { useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Dates } from "@/features/settings/calendars/Dates";
import { PublicHolidays } from "@/features/settings/calendars/PublicHolidays";
import { TwoWeeks } from "@/features/settings/calendars/Strip";
import { overlapping } from "@/features/settings/calendars/week";
import { Week } from "@/features/settings/calendars/Week";
import classes from "@/features/settings/calendars/Calendars.module.css";
import settings from "@/features/settings/Settings.module.css";
import { calendars as api, type BusinessCalendar, type CalendarSpec } from "@/features/settings/sla/api";
import { ChangePreview } from "@/features/settings/sla/ChangePreview";
import { useSaving } from "@/features/settings/useSaving";
import { Failed } from "@/ui/states";
import { say } from "@/ui/toasts";

const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"] as const;

/** What a new calendar starts with: the zone of this machine and the usual week. */
function usual(): CalendarSpec {
  return {
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    openings: WORKDAYS.map((day) => ({ day, open: "09:00", close: "17:00" })),
    public_holidays: [],
    own_holidays: [],
    exceptions: [],
  };
}

interface Props {
  calendar: BusinessCalendar | null;
  onClose: () => void;
  onSaved: () => void;
}

export function CalendarEditor({ calendar, onClose, onSaved }: Props) {
  const { t } = useTranslation(["sla", "common"]);
  const saving = useSaving();
  const [name, setName] = useState(calendar?.name ?? "");
  const [spec, setSpec] = useState<CalendarSpec>(() => calendar?.spec ?? usual());
  const wrong = overlapping(spec);
  const dirty = calendar !== null && JSON.stringify(spec) !== JSON.stringify(calendar.spec);
  const problems = Object.entries(saving.fields).filter(([field]) => field !== "name");
  const save = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      await (calendar ? api.change(calendar.id, name.trim(), spec) : api.create(name.trim(), spec));
      say(t("saved"));
      onSaved();
    });
  };
  return (
    <form className={classes.editor} onSubmit={save}>
      <div className={classes.fields}>
        <div className={classes.top}>
          <TextInput label={t("calendar.name")} required value={name} maxLength={120} onChange={(event) => setName(event.currentTarget.value)} error={saving.fields.name} />
          <ZonePicker zone={spec.zone} onChange={(zone) => setSpec({ ...spec, zone })} error={saving.fields["spec.zone"]} />
        </div>
        <Week spec={spec} wrong={wrong} onChange={setSpec} />
        <PublicHolidays spec={spec} onChange={setSpec} />
        <Dates spec={spec} onChange={setSpec} />
      </div>
      <aside className={classes.aside}>
        <TwoWeeks spec={spec} />
        {calendar && dirty && calendar.policies.length > 0 && wrong.size === 0 && <ChangePreview change={{ calendar: spec, calendar_id: calendar.id }} />}
      </aside>
      <div className={classes.foot}>
        {problems.length > 0 ? (
          <ul className={classes.wrong} role="alert">
            {problems.map(([field, sentence]) => (
              <li key={field}>{sentence}</li>
            ))}
          </ul>
        ) : (
          saving.problem && !saving.fields.name && <Failed error={saving.problem} compact />
        )}
        <div className={settings.formActions}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy} disabled={!name.trim() || wrong.size > 0}>
            {t("common:action.save")}
          </Button>
        </div>
      </div>
    </form>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone");

/** All zones to search in; the browser's list lacks UTC. */
function ZonePicker({ zone, onChange, error }: { zone: string; onChange: (zone: string) => void; error?: string }) {
  const { t } = useTranslation("sla");
  const [text, setText] = useState(zone);
  const list = useId();
  const known = (value: string) => value === "UTC" || ZONES.includes(value);
  return (
    <div>
      <TextInput
        label={t("calendar.zone")}
        description={t("calendar.zoneHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        required
        value={text}
        list={list}
        error={error ?? (known(text) ? undefined : t("calendar.zoneUnknown"))}
        onChange={(event) => {
          const value = event.currentTarget.value;
          setText(value);
          if (known(value)) onChange(value);
        }}
        onBlur={() => setText(zone)}
      />
      <datalist id={list}>
        {["UTC", ...ZONES].map((each) => (
          <option key={each} value={each} aria-label={each} />
        ))}
      </datalist>
    </div>
  );
}
