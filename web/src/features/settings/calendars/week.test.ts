import { describe, expect, it } from "vitest";
import { closing, copied, isOvernight, nextSpan, openingsOf, overlapping, placeInDay, weekMinutes, withDay } from "@/features/settings/calendars/week";
import type { CalendarSpec, Opening } from "@/features/settings/sla/api";

const spec = (...openings: Opening[]): CalendarSpec => ({ zone: "Europe/Berlin", openings, public_holidays: [], own_holidays: [], exceptions: [] });
const open = (day: Opening["day"], from: string, to: string): Opening => ({ day, open: from, close: to });

describe("a week", () => {
  it("keeps each day's openings in order and leaves the others alone", () => {
    const changed = withDay(spec(open("tue", "09:00", "12:00")), "mon", [{ open: "14:00", close: "18:00" }, { open: "08:00", close: "12:00" }]);
    expect(openingsOf(changed, "mon").map((each) => each.open)).toEqual(["08:00", "14:00"]);
    expect(openingsOf(changed, "tue")).toHaveLength(1);
  });

  it("copies a day over others, replacing what they had", () => {
    const changed = copied(spec(open("mon", "09:00", "17:00"), open("tue", "10:00", "11:00")), "mon", ["tue", "wed"]);
    expect(openingsOf(changed, "tue")).toEqual([open("tue", "09:00", "17:00")]);
    expect(openingsOf(changed, "wed")).toEqual([open("wed", "09:00", "17:00")]);
  });

  it("counts an opening over midnight whole", () => {
    expect(weekMinutes(spec(open("fri", "22:00", "06:00"), open("sat", "00:00", "24:00")))).toBe(8 * 60 + 24 * 60);
  });
});

describe("overlapping", () => {
  it("lets openings touch", () => expect(overlapping(spec(open("mon", "08:00", "12:00"), open("mon", "12:00", "18:00"))).size).toBe(0));

  it("finds a night shift that runs into the next morning", () => {
    expect([...overlapping(spec(open("mon", "22:00", "06:00"), open("tue", "05:00", "09:00")))]).toEqual(["mon", "tue"]);
  });

  it("finds Sunday night in Monday", () => {
    expect(overlapping(spec(open("sun", "22:00", "03:00"), open("mon", "02:00", "09:00"))).has("sun")).toBe(true);
  });
});

describe("times", () => {
  it("reads midnight as a closing time as the day's end", () => {
    expect(closing("00:00")).toBe("24:00");
    expect(isOvernight({ open: "18:00", close: "24:00" })).toBe(false);
    expect(isOvernight({ open: "18:00", close: "02:00" })).toBe(true);
  });

  it("offers a further opening after the last", () => {
    expect(nextSpan([])).toEqual({ open: "09:00", close: "17:00" });
    expect(nextSpan([{ open: "08:00", close: "12:00" }])).toEqual({ open: "13:00", close: "17:00" });
    expect(nextSpan([{ open: "20:00", close: "24:00" }])).toEqual({ open: "23:00", close: "24:00" });
  });

  it("places an instant in the day of the zone", () => {
    expect(placeInDay("2026-11-24T11:00:00Z", "Europe/Berlin", false)).toBe(0.5);
    expect(placeInDay("2026-11-24T23:00:00Z", "Europe/Berlin", true)).toBe(1);
  });
});
