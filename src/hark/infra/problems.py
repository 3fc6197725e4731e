"""What keeps Hark from starting or a command from working, said to the person at the terminal."""

from __future__ import annotations


class CannotStart(Exception):
    """One sentence that names what is wrong and what to do; the command line prints it and ends with status
    1.
    """


class SettingsError(CannotStart):
    """A setting is unknown or has a value that it cannot have. The sentence names the setting, never a
    secret's value.
    """


class DatabaseProblem(CannotStart):
    """The database cannot be reached, is too old, or cannot be used."""


class SchemaTooNew(CannotStart):
    """The database was migrated by a newer Hark; this one must not touch it."""
