"""What every other part may use: ids, clock, errors, pages, secrets."""
