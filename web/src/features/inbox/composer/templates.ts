import type { Template } from "@/api/types";

const BLANK = /\{\{\s*([^{}\s]+)\s*\}\}/g;

/** The names of a template's blanks in the order in which values are given; as the server counts them. */
export function blanksOf({ body, parameters }: Template): string[] {
  if (parameters.length > 0) return parameters;
  const found = [...new Set([...body.matchAll(BLANK)].map((match) => match[1]!))];
  return found.every((name) => /^\d+$/.test(name)) ? found.toSorted((a, b) => Number(a) - Number(b)) : found;
}

/** The text with what is filled in so far. */
export function filled(template: Template, values: string[]): string {
  const blanks = blanksOf(template);
  return template.body.replace(BLANK, (whole, name: string) => values[blanks.indexOf(name)]?.trim() || whole);
}
