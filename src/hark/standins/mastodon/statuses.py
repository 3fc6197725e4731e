"""Posts and files: made, changed, deleted, liked."""

from __future__ import annotations

from hark.standins.kit.asked import Asked, Told
from hark.standins.mastodon.world import CHARACTERS, OURS, Json, Media, Refused, Status, World, length_of

MOST_FILES = 4
KINDS = {"image": "image", "video": "video", "audio": "audio"}
VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})


class Statuses:
    """`kept` are the posts by Idempotency-Key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept: dict[str, str] = {}
        self.looks = 0
        """How often a new film must be asked for until it is ready."""

    def find(self, status_id: str) -> Status:
        status = self.world.statuses.get(status_id)
        if status is None:
            raise Refused(404, "Record not found")
        return status

    def create(self, asked: Asked) -> Told:
        key = asked.headers.get("idempotency-key")
        if key is not None and self.kept.get(key) in self.world.statuses:
            return Told(self.world.shown(self.world.statuses[self.kept[key]]))
        body = asked.json()
        text, media = self._checked(body)
        answered = body.get("in_reply_to_id")
        if answered is not None:
            self.find(str(answered))
        visibility = body.get("visibility", "public")
        if visibility not in VISIBILITIES:
            raise Refused(422, "Validation failed: Visibility is not included in the list")
        status = self.world.post(
            OURS,
            text,
            visibility=visibility,
            in_reply_to=answered,
            spoiler=str(body.get("spoiler_text") or ""),
            media=media,
        )
        if key is not None:
            self.kept[key] = status.id
        return Told(self.world.shown(status))

    def _checked(self, body: Json) -> tuple[str, list[str]]:
        text, media = str(body.get("status") or ""), [str(each) for each in body.get("media_ids") or []]
        if not text.strip() and not media:
            raise Refused(422, "Validation failed: Text can't be blank")
        if length_of(text) + length_of(str(body.get("spoiler_text") or "")) > CHARACTERS:
            raise Refused(422, f"Validation failed: Text character limit of {CHARACTERS} exceeded")
        if len(media) > MOST_FILES:
            raise Refused(422, "Cannot attach more than 4 files")
        for each in media:
            if each not in self.world.media:
                raise Refused(404, "Record not found")
            if self.world.media[each].looks > 0:
                raise Refused(
                    422, "Cannot attach files that have not finished processing. Try again in a moment!"
                )
        return text, media

    def change(self, status_id: str, asked: Asked) -> Told:
        status = self.own(status_id)
        text, media = self._checked(asked.json())
        status.media = media
        self.world.edit(status, text)
        return Told(self.world.shown(status))

    def delete(self, status_id: str) -> Told:
        status = self.own(status_id)
        shown = self.world.shown(status)
        self.world.remove(status_id)
        return Told(shown)

    def own(self, status_id: str) -> Status:
        status = self.find(status_id)
        if status.author != OURS:
            raise Refused(403, "This action is not allowed")
        return status

    def favourite(self, status_id: str, *, given: bool) -> Told:
        status = self.find(status_id)
        (status.favourites.add if given else status.favourites.discard)(OURS)
        return Told(self.world.shown(status))

    def context(self, status_id: str) -> Told:
        status = self.find(status_id)
        above: list[Json] = []
        parent = status.in_reply_to
        while parent is not None and parent in self.world.statuses:
            above.insert(0, self.world.shown(self.world.statuses[parent]))
            parent = self.world.statuses[parent].in_reply_to
        below = [
            self.world.shown(each) for each in self.world.statuses.values() if each.in_reply_to == status_id
        ]
        return Told({"ancestors": above, "descendants": below})

    def upload(self, asked: Asked) -> Told:
        fields, files = asked.parts()
        if "file" not in files:
            raise Refused(422, "Validation failed: File can't be blank")
        _, mime_type, content = files["file"]
        kind = KINDS.get(mime_type.partition("/")[0])
        if kind is None:
            raise Refused(422, "Validation failed: File content type is invalid")
        looks = self.looks if kind == "video" else 0
        media = Media(self.world.next_id(), kind, mime_type, content, fields.get("description", ""), looks)
        self.world.media[media.id] = media
        return Told(self.world.file(media), 202 if looks else 200)

    def look_at_media(self, media_id: str) -> Told:
        media = self.world.media.get(media_id)
        if media is None:
            raise Refused(404, "Record not found")
        media.looks -= 1
        return Told(self.world.file(media), 206 if media.looks > 0 else 200)
