"""How long sessions last, as set."""

from __future__ import annotations

from datetime import timedelta

from hark.infra.settings import Settings
from hark.workspaces.sessions import Lifetime


def lifetime_of(settings: Settings) -> Lifetime:
    return Lifetime(
        idle=timedelta(hours=settings.session_idle_hours), absolute=timedelta(days=settings.session_days)
    )
