import { describe, expect, it } from "vitest";

const files = import.meta.glob<Record<string, unknown>>("./*/*.json", { eager: true, import: "default" });
const PLURAL = /_(zero|one|two|few|many|other)$/;

function entries(node: unknown, path = ""): [string, string][] {
  if (typeof node === "string") return [[path, node]];
  return Object.entries(node as object).flatMap(([name, child]) => entries(child, path ? `${path}.${name}` : name));
}

const areas = [...new Set(Object.keys(files).map((file) => file.split("/")[2]!))];
const of = (language: string, area: string) => new Map(entries(files[`./${language}/${area}`]));
const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).toSorted();

describe.each(areas)("%s", (area) => {
  const english = of("en", area);
  const german = of("de", area);

  it("has the same keys in both languages", () => {
    expect([...german.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it("uses the same variables in both languages", () => {
    for (const [key, text] of english) expect([key, variables(german.get(key) ?? "")]).toEqual([key, variables(text)]);
  });

  it("has both plural forms of what has one", () => {
    const stems = [...english.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, ""));
    for (const stem of stems) expect([english.has(`${stem}_one`), english.has(`${stem}_other`)]).toEqual([true, true]);
  });
});
