"""When accounts are asked for new events, and how far a walk through what they list has come."""
