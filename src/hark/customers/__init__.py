"""People, and the identities by which the platforms know them."""
