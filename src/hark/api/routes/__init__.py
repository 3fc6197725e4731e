"""All routes of the API, one module per resource."""

from hark.api.routes import (
    accounts,
    authorize,
    conversations,
    customers,
    files,
    history,
    keys,
    messages,
    operations,
    session,
    templates,
    watching,
    workspace,
)

HANDLERS = [
    *session.HANDLERS,
    *workspace.HANDLERS,
    *accounts.HANDLERS,
    *authorize.HANDLERS,
    *watching.HANDLERS,
    *conversations.HANDLERS,
    *messages.HANDLERS,
    *files.HANDLERS,
    *customers.HANDLERS,
    *history.HANDLERS,
    *operations.HANDLERS,
    *templates.HANDLERS,
    *keys.HANDLERS,
]
