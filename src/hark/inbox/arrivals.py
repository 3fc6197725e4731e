"""An inbound message on its way into the inbox, and what follows from it alone (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.contract import Attachment, Author, Message, Source
from hark.kernel.ids import derived_id
from hark.kernel.text import storable

FAR_FUTURE_S = 600
"""A platform time further ahead than this is a broken clock: the time of receipt is taken (reliability row C2)."""

ThreadKey = tuple[UUID, UUID, str, str]


class Arrival(msgspec.Struct):
    """A message event with everything that ingest must know about it; made by `arrive`.

    `historic` ones (import) count as seen and answered; `repaired` ones came only when a gap was looked
    for. `platform_message_id` is the group's where pieces form one message.
    """

    workspace_id: UUID
    account_id: UUID
    platform: str
    scope: str
    historic: bool
    event: Message
    at: datetime
    thread: ThreadKey
    platform_message_id: str
    conversation_id: UUID | None = None
    repaired: bool = False

    @property
    def key(self) -> tuple[UUID, str]:
        return (self.account_id, self.platform_message_id)

    @property
    def customer(self) -> Author | None:
        """Whom the conversation is with, as far as this message tells."""
        if self.event.thread.customer is not None and not self.event.thread.customer.us:
            return self.event.thread.customer
        return None if self.event.author.us else self.event.author

    def begins_before(self, other: Arrival) -> bool:
        """Of two of the same instant, the one that the thread is named after came first."""
        key = self.thread[3]
        return (self.at, self.platform_message_id != key) < (other.at, other.platform_message_id != key)

    def message_id(self) -> UUID:
        return derived_id(self.at, str(self.account_id), self.platform_message_id)


def arrive(
    event: Message,
    *,
    workspace_id: UUID,
    account_id: UUID,
    platform: str,
    scope: str,
    received_at: datetime,
    historic: bool,
    repaired: bool = False,
) -> Arrival:
    thread = event.thread
    return Arrival(
        workspace_id=workspace_id,
        account_id=account_id,
        platform=platform,
        scope=scope,
        historic=historic,
        event=event,
        at=sane_time(event.at, received_at),
        thread=(workspace_id, account_id, thread.source.value, storable(thread.key)),
        platform_message_id=storable(event.group or event.id),
        repaired=repaired,
    )


def sane_time(at: datetime, received_at: datetime) -> datetime:
    """The platform's time, or the time of receipt where the platform's is impossible (far ahead, or before 2000)."""
    ahead = (at - received_at).total_seconds()
    return received_at if ahead > FAR_FUTURE_S or at.year < 2000 else at


def content_type(event: Message) -> str:
    """One word for what a message mainly is (list row, icon, filter)."""
    if event.unsupported is not None and not event.text and not event.attachments:
        return "unsupported"
    if event.postback is not None:
        return "postback"
    if event.thread.source is Source.REVIEW and (event.rating is not None or event.recommended is not None):
        return "review"
    return attachments_type(event.attachments)


def attachments_type(attachments: Iterable[Attachment]) -> str:
    kinds = {attachment.kind for attachment in attachments}
    if not kinds:
        return "text"
    return storable(kinds.pop()) if len(kinds) == 1 else "attachment"


def message_metadata(arrival: Arrival) -> dict[str, Any]:
    """What a message carries beside its columns; only what is there."""
    event = arrival.event
    found: dict[str, Any] = dict(event.metadata)
    for name in ("rating", "recommended", "postback", "unsupported", "url"):
        value = getattr(event, name)
        if value is not None:
            found[name] = value
    if event.standby:
        found["standby"] = True
    if arrival.historic:
        found["history"] = True
    if arrival.repaired:
        found["repaired"] = True
    if arrival.at != event.at:
        found["platform_time"] = event.at
    return found


def conversation_metadata(event: Message) -> dict[str, Any]:
    """The words of the data model: source, post_id, post_url and what of the post is known; a review's rating."""
    thread = event.thread
    found: dict[str, Any] = {"source": thread.source.value}
    rating = {"rating": event.rating, "recommended": event.recommended}
    found |= {name: value for name, value in rating.items() if value is not None}
    if thread.post is not None:
        post = thread.post
        known = {"post_url": post.url, "post_text": post.text, "post_author": post.author_name}
        found |= {"post_id": post.id} | {name: value for name, value in known.items() if value is not None}
    return found


def attachment_state(attachment: Attachment) -> tuple[str, str | None]:
    """Whether there is something to fetch, and why not."""
    if attachment.skip is not None:
        return "skipped", attachment.skip
    if attachment.url is None and attachment.file_id is None:
        return "none", None
    return "pending", None
