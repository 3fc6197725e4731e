"""Connected accounts: their secrets, their state, and how others get at them."""
