"""What streams send, in one form: Jetstream's JSON (version 2, and the older one), and the firehose's CBOR with CAR blocks.

The firehose is taken apart by the core of the `atproto` package, imported only when an account listens to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hark.adapters.bluesky.payloads import Commit
from hark.channels.contract import TryAgain


class Heard(msgspec.Struct, frozen=True):
    """One thing of a stream, and the place after which the stream goes on. `actor` is a change of an account."""

    place: int
    commit: Commit | None = None
    actor: dict[str, Any] | None = None


class _Frame(msgspec.Struct):
    """Either version: version 2 has `payload`, the older one the rest."""

    type_: str = msgspec.field(default="", name="$type")
    payload: dict[str, Any] | None = None
    error: str | None = None
    message: str | None = None
    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: dict[str, Any] | None = None
    account: dict[str, Any] | None = None
    identity: dict[str, Any] | None = None


_ODD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_frame(frame: str | bytes) -> Heard | None:
    """A frame of a Jetstream; None for what says nothing to us. Raises TryAgain for a frame that ends the stream."""
    try:
        read = msgspec.json.decode(frame, type=_Frame)
        if read.type_ == "error":
            raise TryAgain(read.error or "stream_error", f"The stream ended: {read.message or read.error}.")
        return _version_2(read.payload) if read.payload is not None else _version_1(read)
    except _ODD:
        return None


def _version_2(payload: dict[str, Any]) -> Heard | None:
    kind = str(payload.get("$type", "")).rpartition("#")[2]
    place = payload.get("seq")
    if not isinstance(place, int):
        return None
    if kind == "commit":
        return Heard(place, commit=msgspec.convert(payload, Commit))
    if kind in {"account", "identity"}:
        return Heard(place, actor=payload)
    return Heard(place)


def _version_1(frame: _Frame) -> Heard | None:
    if frame.time_us is None or frame.did is None:
        return None
    if frame.commit is not None:
        return Heard(frame.time_us, commit=msgspec.convert({**frame.commit, "did": frame.did}, Commit))
    actor = {"did": frame.did, "seq": frame.time_us, "account": frame.account, "identity": frame.identity}
    return Heard(frame.time_us, actor={key: value for key, value in actor.items() if value is not None})


def read_firehose(frame: bytes) -> list[Heard]:
    """The changes of one frame of com.atproto.sync.subscribeRepos."""
    from atproto_core.cbor import decode_dag_multi

    try:
        header, body = decode_dag_multi(frame)
    except Exception:
        return []  # broken bytes: the decoder raises whatever it likes
    if not isinstance(header, dict) or not isinstance(body, dict):
        return []
    if header.get("op") == -1:
        raise TryAgain(str(body.get("error") or "stream_error"), f"The stream ended: {body.get('message')}.")
    if header.get("t") == "#commit":
        return [*commits_of(body, _blocks(body.get("blocks")))]
    if header.get("t") == "#account" and isinstance(body.get("seq"), int):
        state = {key: body.get(key) for key in ("active", "status")}
        return [
            Heard(body["seq"], actor={"did": body.get("did"), "time": body.get("time"), "account": state})
        ]
    return []


def _blocks(content: Any) -> Mapping[str, Any]:
    from atproto_core.car import CAR

    try:
        return {str(cid): block for cid, block in CAR.from_bytes(bytes(content)).blocks.items()}
    except Exception:
        return {}


def commits_of(body: Mapping[str, Any], blocks: Mapping[str, Any]) -> Iterator[Heard]:
    """The operations of a commit; each with its record, from the blocks or beside it."""
    place, ops = body.get("seq"), body.get("ops")
    if not isinstance(place, int) or not isinstance(ops, list):
        return
    for op in ops:
        collection, _, rkey = str(op.get("path", "")).partition("/")
        cid = _text_of(op.get("cid"))
        record = op.get("record") or (_plain(blocks.get(cid)) if cid else None)
        commit = Commit(
            did=str(body.get("repo")),
            operation=str(op.get("action")),
            collection=collection,
            rkey=rkey,
            time=body.get("time") if isinstance(body.get("time"), str) else None,
            cid=cid,
            record=record if isinstance(record, dict) else None,
        )
        yield Heard(place, commit=commit)


def _text_of(cid: Any) -> str | None:
    """A content id as text; the decoder gives its bytes."""
    if cid is None or isinstance(cid, str):
        return cid
    from atproto_core.cid import CID

    return str(CID.decode(bytes(cid)))


def _plain(value: Any) -> Any:
    """A record as JSON has it: content ids as links, bytes as text."""
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, bytes):
        return {"$link": _text_of(value)}
    return value
