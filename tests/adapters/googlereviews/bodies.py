"""Reviews as Google lists them and pushes as Pub/Sub posts them, with the events they give. All of it is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.channels.contract import (
    Account,
    AccountNotice,
    Attachment,
    Author,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Receipt,
    Source,
    Thread,
)
from hark.kernel.secrets import Secret

FOLDER = Path(__file__).parent / "fixtures"
RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 24, 11, 0, 0, 123456, tzinfo=UTC)
PUSHED = datetime(2026, 11, 24, 11, 59, tzinfo=UTC)
BUSINESS, LOCATION = "accounts/111000111", "locations/222000222"
PUSH_TOKEN = "google-push-token-1"

ACCOUNT = Account(
    id=UUID(int=81),
    workspace_id=UUID(int=1),
    platform_account_id=LOCATION,
    name="Nordlicht Bakery",
    secrets={
        "client_secret": Secret("google-client-secret-1"),
        "refresh_token": Secret("google-refresh-token-1"),
        "access_token": Secret("google-access-token-1"),
        "push_token": Secret(PUSH_TOKEN),
    },
    fields={"client_id": "client-81", "account": BUSINESS, "location": LOCATION},
    webhook_url="https://hark.example/webhooks/google_reviews/k81",
)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def review_id(number: int) -> str:
    return f"AbFvReviewDemo{number:03d}"


def thread(number: int) -> Thread:
    return Thread(Source.REVIEW, review_id(number), reply_to={"review": review_id(number)})


def author(number: int, name: str | None = "Ida Demo") -> Author:
    photo = f"https://lh3.googleusercontent.com/a/demo{number}" if name else None
    return Author(f"reviewer:{review_id(number)}", name=name, avatar_url=photo)


def review(number: int, rating: int | None, text: str | None = None, **more: Any) -> Message:
    given: dict[str, Any] = {"author": author(number), "at": WRITTEN, **more}
    return Message(id=review_id(number), thread=thread(number), text=text, rating=rating, **given)


def reply(number: int, text: str, minute: int) -> Message:
    at = datetime(2026, 11, 24, 11, minute, tzinfo=UTC)
    return Message(
        id=f"{review_id(number)}/reply",
        thread=thread(number),
        author=Author(LOCATION, us=True),
        at=at,
        text=text,
        quoted=review_id(number),
    )


def edit(number: int, minute: int, text: str, rating: int) -> Edit:
    return Edit(review_id(number), datetime(2026, 11, 24, 11, minute, tzinfo=UTC), text=text, rating=rating)


PICTURES = (
    Attachment("image", url="https://lh3.googleusercontent.com/p/pic7"),
    Attachment("video", url="https://lh3.googleusercontent.com/v/film7"),
)
CHANGED = AccountNotice("review_changed", PUSHED, fetch=True)
REFUSED = "Google does not show this answer (personal information). Edit it and send it again."
CONTROL = "Google changed whether you control this profile. If it is no longer verified, reviews cannot be answered."
WORSE = "Lovely rolls, but the service got worse."

_EVENTS: dict[str, list[InboundEvent]] = {
    "review": [review(1, 4, "Lovely rolls, slow service.")],
    "star_only": [review(2, 2)],
    "anonymous": [review(3, 1, "Closed at noon!", author=author(3, None))],
    "edited": [review(1, 2, WORSE), edit(1, 30, WORSE, 2)],
    "edited_to_stars_only": [review(4, 3), edit(4, 40, "", 3)],
    "translated_before": [review(5, 5, "Sehr gutes Brot", metadata={"translation": "Very good bread"})],
    "translated_behind": [review(6, 5, "Sehr freundlich", metadata={"translation": "Very friendly"})],
    "with_pictures": [review(7, 1, "See for yourself", attachments=PICTURES)],
    "answered": [
        review(8, 5, "Great"),
        reply(8, "Thank you, Ida!", 50),
        Receipt("delivered", datetime(2026, 11, 24, 11, 50, tzinfo=UTC), target=f"{review_id(8)}/reply"),
    ],
    "answer_pending": [review(9, 5, "Great"), reply(9, "Thanks!", 51)],
    "answer_refused": [
        review(10, 1, "Awful"),
        reply(10, "Call me: 555 0100", 52),
        Receipt(
            "failed",
            datetime(2026, 11, 24, 11, 52, tzinfo=UTC),
            target=f"{review_id(10)}/reply",
            code="PERSONAL_INFORMATION",
            reason=REFUSED,
        ),
    ],
    "unknown_stars": [review(11, None, "From the future")],
    "nothing_but_a_date": [review(12, None, unsupported="empty_review")],
    "push_new_review": [CHANGED],
    "push_updated_review_in_snake_case": [CHANGED],
    "push_with_attributes": [CHANGED],
    "push_of_a_question": [Ignored("type:NEW_QUESTION", PUSHED)],
    "push_of_lost_control": [AccountNotice("control_changed", PUSHED, alert=CONTROL)],
}

FIXTURES = tuple((name, body(name), events) for name, events in _EVENTS.items())
UNKNOWN = {"push_of_unknown_type": body("push_of_unknown_type")}
MALFORMED = {
    "no json": b"{",
    "a list": b"[]",
    "neither message nor reviews": b"{}",
    "reviews that are no list": b'{"reviews":{}}',
}
