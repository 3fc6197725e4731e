"""What a message says: words, files, places, cards, buttons, orders; and where its chat began."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from hark.adapters._meta.wire import text_id
from hark.adapters.whatsapp.payloads import Content, Interactive, Media, Order, Problem, Referral
from hark.channels.contract import Attachment, Post

_FILES = {"image": "image", "video": "video", "audio": "audio", "document": "file", "sticker": "sticker"}
"""WhatsApp's word for a file, and ours."""


class Said(NamedTuple):
    """`unsupported` names what has no other form."""

    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    postback: str | None = None
    unsupported: str | None = None


def said(content: Content) -> Said:
    kind = content.type or ""
    if kind in _FILES:
        media: Media | None = getattr(content, kind)
        return _file(kind, media, content.errors) if media else Said(unsupported=kind)
    if kind == "text" and content.text is not None:
        return Said(content.text.body or "")
    if kind == "location" and content.location:
        return Said(attachments=(_place(content.location),))
    if kind == "contacts" and content.contacts:
        return Said(attachments=tuple(map(_card, content.contacts)))
    if kind == "button" and content.button is not None:
        return Said(content.button.text or None, postback=_word(content.button.payload))
    if kind == "interactive" and content.interactive is not None:
        return _interactive(content.interactive)
    if kind == "order" and content.order is not None:
        return Said(content.order.text or None, (_order(content.order),))
    if kind == "unsupported" and content.unsupported is not None and content.unsupported.type:
        return Said(unsupported=content.unsupported.type)
    return Said(unsupported=kind or "message")


def _file(kind: str, media: Media, errors: Iterable[Problem] | None) -> Said:
    """A file has an id for a few days; its address is asked for when it is fetched, for it works only minutes."""
    problem = next(iter(errors or ()), None)
    file_id = text_id(media.id)
    reason = told(problem) or "WhatsApp could not hand over this file." if problem else None
    data = {"type": kind} if kind == "document" else {}
    marks = {name: True for name in ("voice", "animated") if getattr(media, name)}
    attachment = Attachment(
        kind=_FILES[kind],
        file_id=file_id,
        name=media.filename,
        mime_type=(media.mime_type or "").split(";")[0].strip() or None,
        skip=reason or (None if file_id else "WhatsApp gave no file with this message."),
        data={**data, **marks},
    )
    return Said(media.caption or None, (attachment,))


def _place(location: Mapping[str, Any]) -> Attachment:
    """Coordinates that no map has are left out."""
    data: dict[str, Any] = {
        key: value
        for key in ("latitude", "longitude")
        if isinstance(value := location.get(key), int | float) and math.isfinite(value)
    }
    data |= {key: value for key in ("name", "address", "url") if isinstance(value := location.get(key), str)}
    if "name" in data:
        data["title"] = data["name"]
    return Attachment(kind="location", name=data.get("name"), data=data)


def _card(contact: Any) -> Attachment:
    """A card as it came, with the name and first number where the page looks for them."""
    card = contact if isinstance(contact, dict) else {"card": contact}
    name = card.get("name")
    shown = _word(name.get("formatted_name")) if isinstance(name, dict) else None
    return Attachment(
        kind="contact",
        name=shown,
        data={
            "type": "contacts",
            **{key: value for key, value in {"name": shown, "phone_number": _phone(card)}.items() if value},
            "card": card,
        },
    )


def _phone(card: Mapping[str, Any]) -> str | None:
    phones = card.get("phones")
    first = phones[0] if isinstance(phones, list) and phones else None
    return _word(first.get("phone")) if isinstance(first, dict) else None


def _interactive(given: Interactive) -> Said:
    choice = given.button_reply or given.list_reply
    if choice is not None:
        return Said(choice.title or None, postback=text_id(choice.id))
    if given.nfm_reply is not None:
        form = given.nfm_reply
        answers = _answers(form.response_json)
        filled = Attachment(kind="form", name=form.name, data={"answers": answers}) if answers else None
        return Said(form.body or None, (filled,) if filled else (), postback=None if answers else form.name)
    return Said(unsupported=f"interactive {given.type or ''}".strip())


def _answers(response: Any) -> dict[str, Any]:
    """The answers of a completed form, which come as JSON inside a string."""
    if isinstance(response, str):
        try:
            response = msgspec.json.decode(response)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return {"text": response}
    if not isinstance(response, dict):
        return {}
    return {key: value for key, value in response.items() if key != "flow_token"}


def _order(order: Order) -> Attachment:
    items = [item for item in order.product_items or () if isinstance(item, dict)]
    return Attachment(kind="order", data={"catalog_id": text_id(order.catalog_id), "items": items})


def advertisement(referral: Referral | None) -> Post | None:
    """The advertisement or post from which the customer came."""
    place = text_id(referral.source_id) or referral.source_url if referral else None
    if referral is None or place is None:
        return None
    words = [part for part in (referral.headline, referral.body) if part]
    return Post(
        id=place,
        url=referral.source_url,
        text="\n".join(words) or None,
        picture_url=referral.image_url or referral.thumbnail_url,
        kind="ad" if referral.source_type == "ad" else "organic",
    )


def told(problem: Problem | None) -> str:
    """What an error says for itself."""
    if problem is None:
        return ""
    details = problem.error_data.details if problem.error_data else None
    return details or problem.message or problem.title or ""


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
