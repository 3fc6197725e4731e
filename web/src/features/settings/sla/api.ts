import { client, content, headersOf } from "@/api/client";
import { problemOf } from "@/api/problem";
import type { components } from "@/api/schema";
import type { Page, SlaProgress } from "@/api/types";

type Schemas = components["schemas"];

export type BusinessCalendar = Schemas["BusinessCalendar"];
export type CalendarSpec = Schemas["CalendarSpec"];
export type Opening = Schemas["Opening"];
export type Day = Opening["day"];
export type OwnHoliday = Schemas["OwnHoliday"];
export type DayException = Schemas["DayException"];
export type Span = Schemas["Span"];
export type Strip = Schemas["Strip"];
export type StripDay = Schemas["StripDay"];
export type Country = Schemas["Country"];
export type Holiday = Schemas["Holiday"];
export type Imported = Schemas["Imported"];
export type Caution = Schemas["Caution"];
export type SlaPolicy = Schemas["SlaPolicy"];
export type PolicyDraft = NonNullable<Schemas["PreviewRequest"]["policy"]>;
export type Condition = PolicyDraft["conditions"][number];
export type Targets = Schemas["Targets"];
export type Preview = Schemas["Preview"];
export type Change = Partial<Schemas["PreviewRequest"]>;

const once = () => ({ "Idempotency-Key": crypto.randomUUID() });
const calendarPath = (id: string) => ({ path: { calendar_id: id } });
const policyPath = (id: string) => ({ path: { policy_id: id } });

export const slaKeys = {
  calendars: ["calendars"] as const,
  strip: (spec: CalendarSpec) => ["calendar-strip", spec] as const,
  countries: ["holiday-countries"] as const,
  holidays: (country: string, part: string | null, year: number, language: string) => ["holidays", country, part, year, language] as const,
  policies: ["sla-policies"] as const,
  preview: (change: Change) => ["sla-preview", change] as const,
};

export const calendars = {
  list: () => content<Page<BusinessCalendar>>(client.GET("/api/v1/calendars")),
  create: (name: string, spec: CalendarSpec) =>
    content<BusinessCalendar>(client.POST("/api/v1/calendars", { params: { header: once() }, body: { name, spec } })),
  change: (id: string, name: string, spec: CalendarSpec) =>
    content<BusinessCalendar>(client.PUT("/api/v1/calendars/{calendar_id}", { params: calendarPath(id), body: { name, spec } })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/calendars/{calendar_id}", { params: calendarPath(id) })),
  strip: (spec: CalendarSpec, signal?: AbortSignal) => content<Strip>(client.POST("/api/v1/calendars/preview", { body: { spec }, signal })),
  countries: () => content<Country[]>(client.GET("/api/v1/holidays/countries")),
  holidays: (country: string, subdivision: string | null, year: number, language: string) =>
    content<Holiday[]>(client.GET("/api/v1/holidays", { params: { query: { country, subdivision: subdivision ?? undefined, year, language } } })),
  async read(file: File): Promise<Imported> {
    const form = new FormData();
    form.append("file", file);
    const response = await fetch("/api/v1/calendars/import", { method: "POST", headers: headersOf("POST"), body: form });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problemOf(response.status, answer, response.headers.get("X-Request-Id"));
    return answer as Imported;
  },
};

export const policies = {
  list: () => content<Page<SlaPolicy>>(client.GET("/api/v1/sla-policies")),
  create: (draft: PolicyDraft) =>
    content<SlaPolicy>(client.POST("/api/v1/sla-policies", { params: { header: once() }, body: draft })),
  change: (id: string, draft: PolicyDraft) =>
    content<SlaPolicy>(client.PUT("/api/v1/sla-policies/{policy_id}", { params: policyPath(id), body: draft })),
  remove: (id: string) => content<void>(client.DELETE("/api/v1/sla-policies/{policy_id}", { params: policyPath(id) })),
  order: (ids: string[]) => content<Page<SlaPolicy>>(client.PUT("/api/v1/sla-policies/order", { body: { ids } })),
  preview: (change: Change, signal?: AbortSignal) =>
    content<Preview>(client.POST("/api/v1/sla-policies/preview", { body: change as Required<Change>, signal })),
  progress: () => content<SlaProgress | null>(client.GET("/api/v1/sla-policies/progress")),
};
