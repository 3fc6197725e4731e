"""Every recorded body through the real receiver with a valid signature, into the inbox; skipped where the collection is
absent."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

import httpx
import pytest

from hark.adapters.whatsapp import ADAPTER
from hark.api.hooks import create_hooks
from hark.flows.inbound import ingest_pending
from hark.infra.db import Database
from tests.support.program import Connected, compose, connect

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "whatsapp"
SECRET = "fixture-app-secret"
NUMBERS = ("106540352242922", "1122334455667", "207650009998887")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


async def test_every_recorded_body_is_taken_and_what_people_said_is_in_the_inbox(
    db: Database, tmp_path: Path
) -> None:
    hark = compose(db, tmp_path, ADAPTER)
    secrets = {"app_secret": SECRET}
    first, *others = await _numbers(hark, secrets)
    transport = httpx.ASGITransport(app=create_hooks(hark))
    async with httpx.AsyncClient(transport=transport, base_url="http://hark") as client:
        path = f"/webhooks/whatsapp/{first.webhook_key}"
        for file in sorted(FOLDER.glob("*.json")):
            body = file.read_bytes()
            answer = await client.post(path, content=body, headers=signed(body))
            assert answer.status_code == 200, file.name
            forged = await client.post(path, content=body + b" ", headers=signed(body))
            assert forged.status_code == 401, file.name
    while (await ingest_pending(hark)).claimed:
        pass
    assert await db.pool.fetchval("SELECT count(*) FROM raw_event WHERE state = 'quarantined'") == 0
    query = "SELECT content FROM message WHERE account_id = $1 AND direction = 'inbound'"
    said = {row["content"] for row in await db.pool.fetch(query, first.account_id)}
    assert {
        "Prüfung 👍🏽\nhttps://shop.example/für-dich",
        "Confirm",
        "Oslo",
        "The box arrived like this 😕",
    } <= said
    drei = await db.pool.fetch(query, others[1].account_id)
    assert [row["content"] for row in drei] == ["drei"]
    # The collection gives one user id to the customers of two accounts; aliases hold for the account that told them.
    people = "SELECT count(*) FROM identity WHERE platform_user_id = ANY ($1)"
    known = ["16505551234", "972987654321", "US.13491208655302741918"]
    assert await db.pool.fetchval(people, known) == 2
    await hark.http.aclose()


async def _numbers(hark: object, secrets: dict[str, str]) -> list[Connected]:
    """One account for each number that the collection writes to, all of one workspace."""
    found: list[Connected] = []
    for number in NUMBERS:
        workspace = found[0].workspace_id if found else None
        found.append(await connect(hark, "whatsapp", number, secrets, workspace_id=workspace))  # type: ignore[arg-type]
    return found
