"""Which account an event belongs to: by id, or by the platform's own id."""

from hark.channels.accounts.routes.repository import (
    CONNECTED,
    ROUTES_BY_ID,
    ROUTES_BY_PLATFORM_ID,
    TOUCH,
    AccountRoute,
)

__all__ = ["CONNECTED", "ROUTES_BY_ID", "ROUTES_BY_PLATFORM_ID", "TOUCH", "AccountRoute"]
