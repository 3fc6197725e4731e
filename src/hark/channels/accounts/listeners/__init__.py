"""Who listens to an account's stream."""
