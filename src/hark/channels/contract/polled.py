"""For platforms without a webhook: whatever is posted to one is not theirs."""

from __future__ import annotations

from hark.channels.contract.adapter import Account, Adapter, WebhookRequest
from hark.channels.contract.problems import BadSignature


def pushes(adapter: Adapter) -> bool:
    """Whether events can come by webhook."""
    return adapter.verify is not no_webhook


def no_webhook(request: WebhookRequest, account: Account) -> None:
    """The `verify` of an adapter that only polls or listens."""
    raise BadSignature("this platform does not send webhooks")
