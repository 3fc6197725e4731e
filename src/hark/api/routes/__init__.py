"""All routes of the API, one module per resource."""

from hark.api.routes import (
    accounts,
    conversations,
    keys,
    session,
    workspace,
)

HANDLERS = [
    *session.HANDLERS,
    *workspace.HANDLERS,
    *accounts.HANDLERS,
    *conversations.HANDLERS,
    *keys.HANDLERS,
]
