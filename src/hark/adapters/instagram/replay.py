"""Rows of Instagram's lists in the form of notifications, so that history goes the same way and under the same keys as
live events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hark.adapters._meta.graph import rows_of
from hark.adapters._meta.replay import filled, id_of
from hark.adapters._meta.wire import text_id
from hark.adapters.instagram.webhook import FETCHED, HIDDEN, raw_item
from hark.channels.contract import RawItem


class Replay:
    """`handle` is the account's own user name: lists name authors of answers by it alone."""

    def __init__(self, account_id: str, handle: str | None) -> None:
        self.account_id, self.handle = account_id, handle

    def comments(self, media: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[RawItem]:
        """A comment, that it is hidden, and the answers under it."""
        yield from self._comment(media, row, text_id(row.get("parent_id")))
        for answer in sorted(rows_of(row.get("replies")), key=lambda each: str(each.get("timestamp"))):
            yield from self._comment(media, answer, text_id(row.get("id")))

    def _comment(
        self, media: Mapping[str, Any], row: Mapping[str, Any], parent: str | None
    ) -> Iterator[RawItem]:
        comment_id = text_id(row.get("id"))
        if comment_id is None:
            return
        value = filled(
            id=comment_id,
            parent_id=parent,
            text=row.get("text"),
            timestamp=row.get("timestamp"),
            username=row.get("username"),
            media=_media(media),
            **{"from": self._author(row)},
        )
        yield self._item("comments", value)
        if row.get("hidden") is True:
            yield self._item(
                "comments", {"id": comment_id, "verb": HIDDEN, "timestamp": row.get("timestamp")}
            )

    def _author(self, row: Mapping[str, Any]) -> dict[str, Any]:
        author, handle = row.get("from"), row.get("username")
        if isinstance(author, dict) and id_of(author):
            return filled(id=id_of(author), username=author.get("username") or handle)
        if handle and handle == self.handle:
            return {"id": self.account_id, "username": handle}
        return {}

    def mention(self, noted: Mapping[str, Any], row: Mapping[str, Any]) -> RawItem:
        """The content of a mention that a notification only told of."""
        value = filled(
            media_id=noted.get("media_id"),
            comment_id=noted.get("comment_id"),
            verb=FETCHED,
            text=row.get("text") or row.get("caption"),
            timestamp=row.get("timestamp"),
            username=row.get("username"),
            media_url=row.get("media_url"),
            media_type=row.get("media_type"),
        )
        return self._item("mentions", value)

    def _item(self, field: str, value: dict[str, Any]) -> RawItem:
        change = {"field": field, "value": value}
        return raw_item(self.account_id, value.get("timestamp"), "changes", change)


def _media(media: Mapping[str, Any]) -> dict[str, Any]:
    return filled(
        id=text_id(media.get("id")),
        media_product_type=media.get("media_product_type"),
        permalink=media.get("permalink"),
        caption=media.get("caption"),
    )
