import { describe, expect, it } from "vitest";
import type { AuthorizationState } from "@/api/types";
import { theOnlyChoice } from "@/features/settings/channels/choices";

const page = (id: string, account_id: string | null = null) => ({ id, name: id, connected: account_id !== null, account_id });

function authorization(change: Partial<AuthorizationState>): AuthorizationState {
  return { id: "a", platform: "net", account_id: null, state: "ready", choices: [], code: null, error: null, expires_at: "2026-11-24T09:40:00Z", ...change };
}

describe("what is connected without asking", () => {
  it("is the single choice", () => {
    expect(theOnlyChoice(authorization({ choices: [page("one")] }))).toBe("one");
  });

  it("is nothing where there are several", () => {
    expect(theOnlyChoice(authorization({ choices: [page("one"), page("two")] }))).toBeNull();
  });

  it("is the account that is authorized again, among several", () => {
    expect(theOnlyChoice(authorization({ account_id: "x", choices: [page("one"), page("two", "x")] }))).toBe("two");
  });

  it("is not another account than the one that is authorized again, even if it is the only one", () => {
    expect(theOnlyChoice(authorization({ account_id: "x", choices: [page("one")] }))).toBeNull();
  });

  it("is nothing before one is back, and nothing after it failed", () => {
    for (const state of ["waiting", "failed", "done"] as const) expect(theOnlyChoice(authorization({ state, choices: [page("one")] }))).toBeNull();
  });
});
