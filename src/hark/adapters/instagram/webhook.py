"""Notifications about Instagram accounts: one raw item per element, in body order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hark.adapters._meta import signature
from hark.adapters._meta.items import elements_of, entries_of, make_item
from hark.adapters._meta.payloads import Channel
from hark.adapters._meta.signature import challenge
from hark.adapters._meta.wire import read_json, text_id
from hark.channels.contract import Account, RawItem, WebhookRequest

__all__ = ["challenge", "raw_item", "split", "verify"]

ABOUT = "instagram"
TEST_ENTRY = "0"
"""The entry of the dashboard's test notifications; only the recipient tells whose they are."""
SECRETS = ("app_secret", "instagram_app_secret")
"""Which of the two signs notifications of Instagram Login is not documented: either does."""

FETCHED, HIDDEN, SHOWN = "fetched", "hidden", "shown"
"""Our own verbs; notifications have none."""


def verify(request: WebhookRequest, account: Account) -> None:
    signature.verify(request, account, SECRETS)


def split(body: bytes) -> list[RawItem]:
    """The elements of a body about Instagram accounts. Raises MalformedPayload when it is no notification at all.

    Accepts the forms that Meta prints beside the usual one: a list of bodies, and `field` and `value` on the entry itself.
    """
    notification = read_json(body)
    bodies = notification if isinstance(notification, list) else [notification]
    return [
        raw_item(_account_of(entry, element), entry.get("time"), channel, element)
        for each in bodies
        for entry in entries_of(each, ABOUT)
        for channel, element in _elements(entry)
    ]


def _elements(entry: Any) -> Iterator[tuple[Channel, Any]]:
    for channel, element in elements_of(entry):
        if channel == "changes" and isinstance(element, dict) and element.get("field") == "messages":
            yield "messaging", element.get("value")
        else:
            yield channel, element
    if "field" in entry and "value" in entry:
        yield "changes", {"field": entry["field"], "value": entry["value"]}


def _account_of(entry: dict[str, Any], element: Any) -> str:
    found = text_id(entry.get("id")) or ""
    recipient = element.get("recipient") if isinstance(element, dict) else None
    if found != TEST_ENTRY or not isinstance(recipient, dict):
        return found
    return text_id(recipient.get("id")) or found


def raw_item(account_id: str, entry_time: Any, channel: Channel, element: Any) -> RawItem:
    """An element as it is stored, from a webhook or from history."""
    return make_item(account_id, entry_time, channel, element, _change_key)


def _change_key(item: dict[str, Any]) -> str | None:
    value, field = item.get("value"), item.get("field")
    if not isinstance(value, dict):
        return None
    verb = f":{value['verb']}" if isinstance(value.get("verb"), str) else ""
    comment = text_id(value.get("id")) or text_id(value.get("comment_id"))
    if field in ("comments", "live_comments") and comment:
        return f"comment:{comment}{verb}"
    media = text_id(value.get("media_id"))
    if field == "mentions" and (comment or media):
        return f"mention:comment:{comment}{verb}" if comment else f"mention:media:{media}{verb}"
    return None
