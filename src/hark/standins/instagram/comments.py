"""Media, comments, answers and mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.errors import invalid, missing
from hark.standins.facebook.web import Request
from hark.standins.instagram.messages import graph_time
from hark.standins.instagram.notices import Notices
from hark.standins.instagram.world import Comment, Media, World

CHARACTERS = 2200
_MENTIONED = re.compile(r"mentioned_(comment|media)\.(?:comment|media)_id\((\d+)\)\{([^}]*)\}")


class Comments:
    def __init__(self, world: World, notices: Notices) -> None:
        self.world, self.notices = world, notices

    def media_list(self, request: Request) -> dict[str, Any]:
        chosen = fields.parse(request.text("fields", "id"))
        rows = [fields.select(self.media_row(media), chosen) for media in self.world.own_media()]
        return fields.page_of(rows, request.values, "v26.0/me/media")

    def media_row(self, media: Media) -> dict[str, Any]:
        return {
            "id": media.id,
            "caption": media.caption,
            "media_type": "IMAGE",
            "media_product_type": media.product,
            "media_url": "https://scontent.cdninstagram.com/v/bread.jpg",
            "thumbnail_url": None,
            "permalink": f"https://www.instagram.com/p/{media.id}/",
            "timestamp": graph_time(media.at),
            "username": self.world.name_of(media.owner or self.world.account.id),
            "comments": lambda arguments, nested: self.listed(media.id, None, arguments, nested),
        }

    def listed(
        self,
        media_id: str,
        parent: str | None,
        arguments: Mapping[str, Any],
        nested: list[fields.Field] | None,
    ) -> dict[str, Any]:
        """Newest first; answers hang below their comment."""
        found = [
            each
            for each in reversed(self.world.comments.values())
            if each.media_id == media_id and each.parent == parent
        ]
        rows = [fields.select(self.row(each), nested, "id,text,timestamp") for each in found]
        return fields.page_of(rows, arguments, f"v26.0/{parent or media_id}/comments")

    def row(self, comment: Comment) -> dict[str, Any]:
        name = self.world.name_of(comment.author)
        return {
            "id": comment.id,
            "text": comment.text,
            "timestamp": graph_time(comment.at),
            "username": name,
            "from": {"id": comment.author, "username": name},
            "hidden": comment.hidden,
            "like_count": 0,
            "parent_id": comment.parent,
            "media": {"id": comment.media_id},
            "replies": lambda arguments, nested: self.listed(comment.media_id, comment.id, arguments, nested),
        }

    def find(self, node: str) -> Comment | None:
        return self.world.comments.get(node)

    def on_media(self, node: str, edge: str, request: Request) -> dict[str, Any]:
        media = self.world.media.get(node)
        if media is None or media.owner is not None or edge != "comments":
            raise missing(node)
        wanted = request.values.get("fields")
        return self.listed(node, None, request.values, fields.parse(str(wanted)) if wanted else None)

    def on_comment(self, comment: Comment, edge: str | None, request: Request) -> dict[str, Any]:
        if edge == "replies" and request.method == "GET":
            wanted = request.values.get("fields")
            chosen = fields.parse(str(wanted)) if wanted else None
            return self.listed(comment.media_id, comment.id, request.values, chosen)
        if edge == "replies":
            return self._answer(comment, request)
        if request.method == "GET":
            return fields.select(self.row(comment), fields.parse(request.text("fields", "id,text")))
        if request.method == "DELETE":
            for each in [key for key, other in self.world.comments.items() if other.parent == comment.id]:
                del self.world.comments[each]
            del self.world.comments[comment.id]
            return {"success": True}
        if request.text("hide") not in {"true", "false"}:
            raise invalid("Param hide must be a boolean")
        comment.hidden = request.text("hide") == "true"
        return {"success": True}

    def _answer(self, comment: Comment, request: Request) -> dict[str, Any]:
        media = self.world.media[comment.media_id]
        if media.product == "LIVE":
            raise invalid("Comments of a live broadcast cannot be replied to")
        if comment.hidden:
            raise invalid("A hidden comment cannot be replied to")
        return self._add(media, request, comment.id)

    def _add(self, media: Media, request: Request, parent: str | None) -> dict[str, Any]:
        text = request.text("message")
        if not text.strip():
            raise invalid("Param message must be a non-empty string")
        if len(text) > CHARACTERS:
            raise invalid(f"Length of param message must be less than or equal to {CHARACTERS}")
        made = self.world.add_comment(media, self.world.account.id, text, parent)
        if media.owner is None:
            self.notices.comment(made, media)
        return {"id": made.id}

    def answer_mention(self, request: Request) -> dict[str, Any]:
        media = self.world.media.get(request.text("media_id"))
        if media is None or media.owner is None:
            raise missing(request.text("media_id"))
        return self._add(media, request, request.text("comment_id") or None)

    def mentioned(self, wanted: str) -> dict[str, Any] | None:
        """The one comment or media of somebody else that names us; None where something else is asked for."""
        asked = _MENTIONED.fullmatch(wanted)
        if asked is None:
            return None
        kind, thing, names = asked.groups()
        comment, media = self.world.comments.get(thing), self.world.media.get(thing)
        ours = f"@{self.world.account.username}"
        if kind == "comment" and comment is not None and ours in comment.text:
            row = fields.select(self.row(comment), fields.parse(names))
        elif kind == "media" and media is not None and ours in media.caption:
            row = fields.select(self.media_row(media), fields.parse(names))
        else:
            raise missing(thing)
        return {f"mentioned_{kind}": row, "id": self.world.account.id}
