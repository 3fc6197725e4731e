import type { AuthorizationState } from "@/api/types";

/** What needs no choosing: the account that is being authorized again, or the single one there is. */
export function theOnlyChoice({ state, account_id, choices }: AuthorizationState): string | null {
  if (state !== "ready") return null;
  const again = choices.find((choice) => account_id !== null && choice.account_id === account_id);
  if (again) return again.id;
  return account_id === null && choices.length === 1 ? (choices[0]?.id ?? null) : null;
}
