"""The sixteen questions asked of Pigeon Post. Run it with `pytest` beside an installed `hark[testing]`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from uuid import UUID

import pytest
from hark_example import ADAPTER
from hark_example.webhook import SEAL, seal

from hark.channels.contract import (
    Account,
    Author,
    Message,
    Outbound,
    Rejected,
    Sent,
    Source,
    Thread,
    WebhookRequest,
)
from hark.channels.testing import (
    AdapterCases,
    AdapterSuite,
    Fixture,
    Reply,
    SendCase,
)
from hark.kernel.secrets import Secret

AT = 1_795_521_600
ACCOUNT = Account(
    UUID(int=1), UUID(int=2), "harbour", "Harbour", secrets={"key": Secret("key-of-the-harbour-loft")}
)


def post(*letters: dict[str, object]) -> bytes:
    return json.dumps({"letters": letters}).encode()


LETTER = {"ring": "NL-1", "loft": "tower", "text": "Where is my parcel?", "flown_at": AT}
POSTCARD = {"ring": "NL-2", "loft": "tower", "kind": "postcard", "flown_at": AT + 60}


def message(ring: str, text: str | None, seconds: int, unsupported: str | None = None) -> Message:
    tower = Author(id="tower", name="tower")
    return Message(
        id=ring,
        thread=Thread(source=Source.DM, key="tower", customer=tower),
        author=tower,
        at=datetime.fromtimestamp(seconds, UTC),
        text=text,
        unsupported=unsupported,
    )


def sign(body: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", SEAL: seal(body, secret)}
    return WebhookRequest("POST", headers, {}, body)


def outbound(text: str = "It is on its way.", **more: object) -> Outbound:
    at = datetime.fromtimestamp(AT, UTC)
    return Outbound(UUID(int=7), Source.DM, "tower", "tower", at, text=text, **more)  # type: ignore[arg-type]


def merged(bodies: Sequence[bytes]) -> bytes:
    return post(*(letter for body in bodies for letter in json.loads(body)["letters"]))


def timed(seconds: float | None) -> bytes:
    return post({**LETTER, "flown_at": seconds})


RING = Reply(200, {"ring": "NL-9"})


class TestPigeonPost(AdapterSuite):
    cases = AdapterCases(
        adapter=ADAPTER,
        account=ACCOUNT,
        sign=sign,
        secret="key",
        fixtures=(
            Fixture("letter", post(LETTER), [message("NL-1", "Where is my parcel?", AT)]),
            Fixture("postcard", post(POSTCARD), [message("NL-2", None, AT + 60, "postcard")]),
        ),
        sends=(
            SendCase("a letter", outbound(), (RING,), Sent("NL-9")),
            SendCase("an answer to a letter", outbound(quoted="NL-1"), (RING,), Sent("NL-9")),
            SendCase("a parcel", outbound(text=""), (), Rejected),
        ),
        actions=(),
        unknown={"a parcel": post({"ring": "NL-3", "loft": "tower", "kind": "parcel"})},
        malformed={"no letters": b'{"parcels": []}', "a list": b"[]"},
        ordinary={Source.DM: outbound()},
        accepted=lambda _: RING,
        refusal=lambda _: {"sorry": "The weather is bad."},
        timed=timed,
        quality=Path("unused"),
        batch=merged,
        no_echo="Pigeons do not report what we sent.",
    )


def test_the_list_of_rules_is_honest() -> None:
    from hark.channels.testing import load_quality
    from hark.channels.testing.quality import faults_of

    with as_file(files("hark_example") / "quality.yaml") as path:
        quality = load_quality(path)
    known = frozenset(name for name in dir(TestPigeonPost) if name.startswith("test_"))
    assert quality.platform == "pigeonpost"
    assert faults_of(quality, known) == []


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-q"]))
