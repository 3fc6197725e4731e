import { describe, expect, it } from "vitest";
import type { Template } from "@/api/types";
import { blanksOf, filled } from "@/features/inbox/composer/templates";

const template = (body: string, parameters: string[] = []): Template => ({ name: "t", language: "en", body, parameters, category: "" });

describe("a template's blanks", () => {
  it.each([
    ["Hi {{1}}, {{2}}", [], ["1", "2"]],
    ["{{10}} {{2}} {{2}}", [], ["2", "10"]],
    ["Hi {{ name }}, {{order}}", [], ["name", "order"]],
    ["{{1}} and {{2}}", ["first", "second"], ["first", "second"]],
    ["None", [], []],
  ])("are those of %s", (body, parameters, blanks) => {
    expect(blanksOf(template(body, parameters))).toEqual(blanks);
  });

  it("stay visible until they are filled in", () => {
    const given = template("Hi {{1}}, order {{2}} for {{1}}.");
    expect(filled(given, ["Ana", ""])).toBe("Hi Ana, order {{2}} for Ana.");
    expect(filled(given, ["Ana", " 7 "])).toBe("Hi Ana, order 7 for Ana.");
  });
});
