"""Credentials over time: how long they last, when they are renewed, and authorizations (OAuth) that are under way."""
