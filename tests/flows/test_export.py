"""What leaves by `hark export`, and what never does; keys changed by `hark secrets rotate`."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.bootstrap.exporting import export_workspace
from hark.bootstrap.rotation import rotate
from hark.channels.accounts import loading
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from hark.infra.secrets import CannotOpen, SecretBox, new_key
from hark.kernel.errors import NotFound
from hark.kernel.ids import new_id
from tests.support.program import Connected, connect, receive
from tests.support.sandbox_events import body, dm, edit, react

MARKER = "marker-of-a-secret"


async def filled(hark: Hark) -> Connected:
    account = await connect(hark, secrets={"access_token": MARKER})
    events = [
        dm(1, "Hello ü 👩‍👩‍👧"),
        dm(2, "Still there?", by="theo"),
        edit(3, 1, "Hello!", 5),
        react(4, 2, ["👍"], 6, by="theo"),
    ]
    await receive(hark, account, body(*events))
    await ingest_pending(hark)
    return account


def lines(exported: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported.getvalue().splitlines()]


async def test_all_of_the_workspace_leaves_and_nothing_of_another_nor_a_secret(hark: Hark) -> None:
    account = await filled(hark)
    other = await connect(hark, platform_account_id="other", secrets={"access_token": MARKER})
    out = io.BytesIO()
    seen: dict[str, tuple[int, int]] = {}
    written, files = await export_workspace(
        hark, account.workspace_id, out, None, lambda kind, done, total: seen.update({kind: (done, total)})
    )
    rows = lines(out)
    assert (len(rows), files) == (written, 0)
    kinds = Counter(row["type"] for row in rows)
    assert kinds["workspace"] == kinds["channel_account"] == 1
    assert kinds["customer"] == kinds["identity"] == kinds["conversation"] == 2
    assert kinds["message"] == 2
    assert kinds["reaction"] == 1
    assert kinds["message_version"] >= 1
    assert all(done == total for done, total in seen.values())
    text = out.getvalue().decode()
    assert MARKER not in text
    assert account.webhook_key not in {row["data"].get("webhook_key") for row in rows}
    assert str(other.workspace_id) not in text
    assert "Hello!" in {row["data"].get("content") for row in rows}


async def test_files_are_copied_under_the_keys_that_the_rows_name(hark: Hark, tmp_path: Path) -> None:
    account = await filled(hark)
    await hark.blobs.put("w/picture", b"bytes of a picture", "image/png")
    async with hark.db.transaction() as connection:
        await connection.execute(
            "INSERT INTO attachment (workspace_id, id, kind, state, blob_key, created_at) "
            "VALUES ($1, $2, 'image', 'stored', 'w/picture', $3)",
            account.workspace_id,
            new_id(hark.clock()),
            hark.clock(),
        )
    out = io.BytesIO()
    _, files = await export_workspace(hark, account.workspace_id, out, tmp_path / "files", lambda *_: None)
    assert files == 1
    (attachment,) = [row["data"] for row in lines(out) if row["type"] == "attachment"]
    assert (tmp_path / "files" / attachment["blob_key"]).read_bytes() == b"bytes of a picture"


async def test_an_unknown_workspace_is_named(hark: Hark) -> None:
    with pytest.raises(NotFound, match="There is no workspace"):
        await export_workspace(hark, new_id(hark.clock()), io.BytesIO(), None, lambda *_: None)


async def test_after_a_rotation_the_old_key_can_go(hark: Hark) -> None:
    old, new = new_key(), new_key()
    before = msgspec.structs.replace(hark, secrets=SecretBox([old]))
    account = await connect(before, secrets={"access_token": MARKER})
    during = msgspec.structs.replace(hark, secrets=SecretBox([new, old]))
    assert await rotate(during) == 1
    async with hark.db.connection() as connection:
        opened = await loading.load_account(connection, SecretBox([new]), account.account_id)
        assert opened.secrets["access_token"].reveal() == MARKER
        loading.forget(account.account_id)
        with pytest.raises(CannotOpen):
            await loading.load_account(connection, SecretBox([old]), account.account_id)


async def test_a_rotation_without_the_old_key_changes_nothing(hark: Hark) -> None:
    old, new = new_key(), new_key()
    account = await connect(
        msgspec.structs.replace(hark, secrets=SecretBox([old])), secrets={"access_token": MARKER}
    )
    with pytest.raises(CannotOpen):
        await rotate(msgspec.structs.replace(hark, secrets=SecretBox([new])))
    async with hark.db.connection() as connection:
        opened = await loading.load_account(connection, SecretBox([old]), account.account_id)
    assert opened.secrets["access_token"].reveal() == MARKER
