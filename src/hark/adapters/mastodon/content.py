"""What a post says and shows: text, names, files, polls, link cards, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hark.adapters.mastodon.html import text_of
from hark.adapters.mastodon.payloads import Media, Person, Poll, Status
from hark.channels.contract import Attachment, Author

KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str | None) -> datetime | None:
    """An ISO time as aware UTC; None for what is no time, or none that a calendar of ours has."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= _EARLIEST else None


def author_of(person: Person, account: str) -> Author:
    avatar = person.avatar_static or person.avatar
    return Author(
        id=person.id,
        name=person.display_name or person.username or None,
        handle=person.acct or person.username or None,
        avatar_url=avatar if avatar and not avatar.endswith("/missing.png") else None,
        us=person.id == account,
    )


def text_in(status: Status) -> str | None:
    return text_of(status.content) or None


def attachments_of(status: Status) -> tuple[Attachment, ...]:
    found = [_file(media) for media in status.media_attachments]
    if status.poll is not None:
        found.append(_poll(status.poll))
    found += _quote(status.quote)
    if status.card is not None and status.card.url and not found:
        card = status.card
        data = {
            "type": "link",
            "url": card.url,
            "title": card.title or None,
            "description": card.description or None,
        }
        found.append(Attachment("share", data=data))
    return tuple(found)


def _file(media: Media) -> Attachment:
    """Files of other servers that ours does not keep have only an address there."""
    original = media.meta.get("original") if media.meta else None
    about: dict[str, Any] = original if isinstance(original, dict) else {}
    kind, url = KINDS.get(media.type, "file"), media.url or media.remote_url
    return Attachment(
        kind,
        url=url,
        width=_number(about.get("width")),
        height=_number(about.get("height")),
        duration=_number(about.get("duration")),
        alt=media.description or None,
        skip=None if url else "Mastodon is still working on this file.",
        data={"type": media.type, "id": media.id},
    )


def _poll(poll: Poll) -> Attachment:
    return Attachment(
        "poll",
        data={
            "id": poll.id,
            "options": [{"title": option.title, "votes": option.votes_count} for option in poll.options],
            "expires_at": poll.expires_at,
            "multiple": poll.multiple,
        },
    )


def _quote(quote: dict[str, Any] | None) -> Iterator[Attachment]:
    status = quote.get("quoted_status") if quote else None
    if isinstance(status, dict):
        content = status.get("content")
        data = {
            "type": "post",
            "id": status.get("id"),
            "url": status.get("url"),
            "text": text_of(content) if isinstance(content, str) else None,
        }
        yield Attachment("share", data={key: value for key, value in data.items() if value})


def metadata_of(status: Status) -> dict[str, Any]:
    emojis = [*status.emojis, *(status.account.emojis or [])]
    found: dict[str, Any] = {
        "content_warning": [status.spoiler_text] if status.spoiler_text else [],
        "sensitive": status.sensitive,
        "visibility": status.visibility if status.visibility in {"private", "unlisted"} else "",
        "languages": [status.language] if status.language else [],
        "emojis": {emoji.shortcode: emoji.url for emoji in emojis if emoji.url},
    }
    return {key: value for key, value in found.items() if value}


def _number(value: Any) -> int | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**31
    return int(value) if fits else None
