"""Which account an event belongs to: by id, or by the platform's own id."""

from hark.channels.accounts.routes.repository import ROUTES_BY_ID, ROUTES_BY_PLATFORM_ID, TOUCH, AccountRoute

__all__ = ["ROUTES_BY_ID", "ROUTES_BY_PLATFORM_ID", "TOUCH", "AccountRoute"]
