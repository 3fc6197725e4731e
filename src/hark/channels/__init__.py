"""Channels: what a platform must provide (`contract`), which platforms there are (`registry`), whose accounts (`accounts`)."""
