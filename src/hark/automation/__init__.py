"""Rules: when something happens, if conditions hold, do something. Deciding is pure; `flows/automation` applies."""
