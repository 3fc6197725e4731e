import { expect, test } from "vitest";
import { fromSeconds, kindOf, stepOf, toSeconds, type StepKind } from "@/features/settings/routing/draft";

test("a step says one thing and is read back as the same", () => {
  const kinds: StepKind[] = ["any_team", "any_language", "no_skills", "team:01a2"];
  for (const kind of kinds) expect(kindOf(stepOf(kind, 60))).toBe(kind);
});

test("an empty field and nonsense are no time", () => {
  expect(toSeconds("", 60)).toBeNull();
  expect(toSeconds("-3", 60)).toBeNull();
  expect(toSeconds("x", 60)).toBeNull();
  expect(toSeconds("1.5", 60)).toBe(90);
  expect(fromSeconds(90, 60)).toBe("1.5");
  expect(fromSeconds(null, 60)).toBe("");
});
