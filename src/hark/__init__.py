"""Hark: every conversation from every social network in one inbox."""

__version__ = "0.1.0"
