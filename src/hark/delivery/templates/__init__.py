"""Texts that platforms approved: which there are, and how one is filled in."""
