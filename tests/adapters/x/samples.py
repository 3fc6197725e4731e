"""Plain data about X: one account, three people, and the objects that X writes about them. All of it is invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.channels.contract import Account, Author, Outbound, Source
from hark.kernel.secrets import Secret

US, ADA_ID, BEN_ID = "4100200300", "1700300400500600700", "2255667788"
AT = datetime(2026, 10, 26, 9, 30, tzinfo=UTC)
EPOCH = 1_288_834_974_657
REFERENCE = UUID("0192f3c0-0000-7000-8000-000000000007")
FOLDER = Path(__file__).parent / "fixtures"

ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=US,
    name="@fjord_lamps",
    secrets={
        "consumer_secret": Secret("consumer-secret-of-fjord"),
        "access_token": Secret("4100200300-access-token-of-fjord"),
        "access_token_secret": Secret("access-token-secret-of-fjord"),
        "bearer_token": Secret("bearer-token-of-fjord"),
        "client_secret": Secret("client-secret-of-fjord"),
        "oauth2_access_token": Secret("oauth2-access-of-fjord"),
        "oauth2_refresh_token": Secret("oauth2-refresh-of-fjord"),
    },
    fields={
        "plan": "enterprise",
        "product": "activity",
        "consumer_key": "key-of-fjord",
        "client_id": "client-of-fjord",
    },
    webhook_url="https://hark.example/webhooks/x/k1",
)

PICTURE = "https://pbs.twimg.com/profile_images/{}/face_normal.jpg"
LARGE = "https://pbs.twimg.com/profile_images/{}/face_400x400.jpg"
WE = Author(US, "Fjord Lamps", "fjord_lamps", LARGE.format(US), us=True)
ADA = Author(ADA_ID, "Ada Example", "ada_example", LARGE.format(ADA_ID))
BEN = Author(BEN_ID, "Ben Example", "ben_example", LARGE.format(BEN_ID))
PAIR = f"{US}-{ADA_ID}"


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def minted(at: datetime, low: int = 0) -> str:
    """The id that X gives something of this moment."""
    return str(((int(at.timestamp() * 1000) - EPOCH) << 22) | low)


def user1(author: Author) -> dict[str, Any]:
    return {
        "id": int(author.id),
        "id_str": author.id,
        "name": author.name,
        "screen_name": author.handle,
        "profile_image_url_https": PICTURE.format(author.id),
    }


def user2(author: Author) -> dict[str, Any]:
    picture = PICTURE.format(author.id)
    return {"id": author.id, "name": author.name, "username": author.handle, "profile_image_url": picture}


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    public = {
        "thread_key": f"{minted(AT)}/{ADA_ID}",
        "recipient": ADA_ID,
        "reply_to": {"post_id": minted(AT), "author_id": ADA_ID, "handle": "ada_example", "summoned": "yes"},
    }
    place: dict[Source, dict[str, Any]] = {
        Source.DM: {"thread_key": PAIR, "recipient": ADA_ID, "reply_to": {"participant": ADA_ID}},
        Source.COMMENT: public,
        Source.MENTION: public,
    }
    base = {"reference": REFERENCE, "source": source, "at": after(60), "text": "Yes, until six."}
    return Outbound(**{**base, **place[source], **more})
