"""SQL of handing conversations over: to a team, to more urgency, between bot and person."""
