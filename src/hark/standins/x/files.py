"""Uploads: in one request, or announced, in pieces, finished and processed."""

from __future__ import annotations

from typing import Any

from hark.standins.x.calls import Answer, Asked, Route, route
from hark.standins.x.errors import invalid, not_found, problem
from hark.standins.x.world import MEDIA_LIFE, Media, World

MEGABYTE = 1024 * 1024
MOST = {"image": 5 * MEGABYTE, "gif": 15 * MEGABYTE, "video": 512 * MEGABYTE}
MOST_PIECE = 5 * MEGABYTE
CATEGORIES = {f"{place}_{kind}" for place in ("tweet", "dm") for kind in MOST}
SCOPE = "media.write"


class Files:
    """Films are processed for `looks` looks at their state. `refuses` makes the next processing fail."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.looks = 1
        self.refuses = False

    def routes(self) -> list[Route]:
        return [
            route("POST", "/2/media/upload", self.at_once, scopes=SCOPE),
            route("GET", "/2/media/upload", self.state, scopes=SCOPE),
            route("POST", "/2/media/upload/initialize", self.announce, scopes=SCOPE),
            route("POST", "/2/media/upload/{}/append", self.append, scopes=SCOPE),
            route("POST", "/2/media/upload/{}/finalize", self.finish, scopes=SCOPE),
            route("POST", "/2/media/metadata", self.describe, scopes=SCOPE),
        ]

    def at_once(self, call: Asked) -> Answer:
        given = call.upload()
        category, content = given.fields.get("media_category", ""), given.files.get("media")
        if content is None or not category.endswith("_image"):
            raise invalid("media and an image category are needed.", media_category=category)
        media = self._new(category, len(content))
        media.pieces[0], media.state = content, "succeeded"
        return Answer({"data": self._seen(media)})

    def announce(self, call: Asked) -> Answer:
        body = call.json("media_type", "total_bytes", "media_category", "additional_owners", "shared")
        total = body.get("total_bytes")
        if not isinstance(total, int) or not isinstance(body.get("media_type"), str):
            raise invalid("media_type and total_bytes are needed.")
        return Answer({"data": self._seen(self._new(str(body.get("media_category")), total))})

    def _new(self, category: str, total: int) -> Media:
        if category not in CATEGORIES:
            raise invalid("The media category is not known.", media_category=category)
        if total > MOST[category.rpartition("_")[2]]:
            raise invalid("The file is too large.", total_bytes=total)
        media = Media(self.world.new_id(), category, total, self.world.now() + MEDIA_LIFE)
        self.world.media[media.id] = media
        return media

    def append(self, call: Asked) -> Answer:
        media, given = self._load(call.ids[0]), call.upload()
        index, piece = given.fields.get("segment_index", ""), given.files.get("media", b"")
        if not index.isdigit() or int(index) > 999 or not 0 < len(piece) <= MOST_PIECE:
            raise invalid("segment_index or media is not valid.", segment_index=index)
        media.pieces[int(index)] = piece
        return Answer({"data": {"expires_at": int(media.until.timestamp())}})

    def finish(self, call: Asked) -> Answer:
        media = self._load(call.ids[0])
        if len(media.content) != media.total or sorted(media.pieces) != list(range(len(media.pieces))):
            raise invalid("Segments are missing.", media_id=media.id)
        media.state = "pending" if media.category.endswith("video") and self.looks else "succeeded"
        return Answer({"data": self._seen(media)})

    def state(self, call: Asked) -> Answer:
        if call.query.get("command") != "STATUS":
            raise invalid("command must be STATUS.", command=call.query.get("command"))
        media = self._load(call.query.get("media_id", ""))
        media.asked += 1
        if media.state == "pending" and media.asked >= self.looks:
            media.state = "failed" if self.refuses else "succeeded"
        return Answer({"data": self._seen(media)})

    def describe(self, call: Asked) -> Answer:
        body = call.json("id", "metadata")
        media, metadata = self._load(str(body.get("id"))), body.get("metadata")
        alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
        if not isinstance(alt, dict) or not isinstance(alt.get("text"), str) or len(alt["text"]) > 1000:
            raise invalid("alt_text must have a text of at most 1000 characters.")
        media.alt = alt["text"]
        return Answer({"data": {"id": media.id, "associated_metadata": {"alt_text": alt}}})

    def _load(self, media_id: str) -> Media:
        media = self.world.media.get(media_id)
        if media is None:
            raise not_found("media", media_id)
        if media.until <= self.world.now():
            raise problem(400, "The media has expired.", "invalid-request")
        return media

    def _seen(self, media: Media) -> dict[str, Any]:
        left = int((media.until - self.world.now()).total_seconds())
        seen: dict[str, Any] = {"id": media.id, "media_key": f"3_{media.id}", "expires_after_secs": left}
        if media.state in {"pending", "failed"}:
            info: dict[str, Any] = {"state": media.state}
            info |= {"check_after_secs": 1} if media.state == "pending" else {}
            info |= (
                {"error": {"name": "InvalidMedia", "message": "Unsupported video format"}}
                if media.state == "failed"
                else {}
            )
            seen["processing_info"] = info
        return seen
