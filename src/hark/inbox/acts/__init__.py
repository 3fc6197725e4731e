"""Whom and what an act on the platform is about, and what it leaves."""
