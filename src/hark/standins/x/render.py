"""Objects as the API gives them: only the fields that were asked for, related objects beside them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hark.kernel.links import find_links
from hark.standins.x.world import Dm, Person, Post, World

Query = Mapping[str, str]
SHORT = "https://t.co/"


def asked(query: Query, *names: str) -> frozenset[str]:
    """The values of a list parameter, under either of its names."""
    return frozenset(value for name in names for value in query.get(name, "").split(",") if value)


def iso(at: datetime, *, whole: bool = True) -> str:
    """X tells whole seconds, as `.000Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}." + ("000Z" if whole else f"{at.microsecond // 1000:03d}Z")


def short(number: int, own: str) -> str:
    return f"{SHORT}{own[-8:]}{number:02d}"


def text_and_links(own: str, text: str, media: Iterable[str], place: str) -> tuple[str, list[dict[str, Any]]]:
    """The text as X gives it: escaped, every link shortened, one more link for attached files; and what they stand for."""
    links: list[dict[str, Any]] = []
    parts, at = [], 0
    for start, end in find_links(text):
        url = short(len(links), own)
        links.append({"url": url, "expanded_url": text[start:end], "display_url": text[start:end][:30]})
        parts += [html.escape(text[at:start], quote=False), url]
        at = end
    parts.append(html.escape(text[at:], quote=False))
    for key in list(media)[:1]:
        url = short(len(links), own)
        address = f"https://x.com/{place}/{own}" + ("/photo/1" if place.endswith("status") else "")
        links.append({"url": url, "expanded_url": address, "display_url": "pic.x.com", "media_key": key})
        parts.append((" " if text else "") + url)
    return "".join(parts), links


class Renderer:
    def __init__(self, world: World) -> None:
        self.world = world

    def person(self, person: Person, fields: frozenset[str]) -> dict[str, Any]:
        every = {
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{person.id}/face_normal.jpg",
            "verified": False,
        }
        more = {key: value for key, value in every.items() if key in fields}
        return {"id": person.id, "name": person.name, "username": person.handle, **more}

    def post(self, post: Post, fields: frozenset[str]) -> dict[str, Any]:
        """`id`, `text` and the history of edits come always."""
        author = self.world.people[post.author]
        text, links = text_and_links(post.id, post.text, self._keys(post.media), f"{author.handle}/status")
        names = self._names(post)
        shown_from = 0
        answered_person = self._author_of(post.answers)
        if answered_person is not None and answered_person.id != post.author:
            answered = answered_person
            prefix = f"@{answered.handle} "
            if not text.startswith(prefix):
                text, shown_from = prefix + text, len(prefix)
                names = [
                    {"start": 0, "end": len(prefix) - 1, "username": answered.handle, "id": answered.id},
                    *(
                        {**name, "start": name["start"] + shown_from, "end": name["end"] + shown_from}
                        for name in names
                    ),
                ]
        every: dict[str, Any] = {
            "author_id": post.author,
            "created_at": iso(post.at),
            "conversation_id": post.conversation,
            "lang": "en",
            "display_text_range": [shown_from, len(text)],
            "entities": {key: rows for key, rows in {"mentions": names, "urls": links}.items() if rows},
            "referenced_tweets": self.references(post),
            "in_reply_to_user_id": answered_person.id if answered_person else None,
            "attachments": {"media_keys": self._keys(post.media)} if post.media else None,
        }
        quoted_person = self._author_of(post.quotes)
        if quoted_person is not None:
            quoted = f"https://x.com/{quoted_person.handle}/status/{post.quotes}"
            url = short(len(links), post.id)
            text = f"{text} {url}"
            links.append({"url": url, "expanded_url": quoted, "display_url": quoted[8:30]})
            every["entities"]["urls"] = links
        chosen = {key: value for key, value in every.items() if key in fields and value}
        if len(text) > 300:
            long = {"text": text, "entities": every["entities"]}
            chosen |= {"note_tweet": long} if "note_tweet" in fields else {}
            text = text[:270] + "…"
        return {"id": post.id, "text": text, "edit_history_tweet_ids": list(post.versions), **chosen}

    def references(self, post: Post) -> list[dict[str, str]]:
        kinds = {"replied_to": post.answers, "quoted": post.quotes, "retweeted": post.reposts}
        return [{"type": kind, "id": other} for kind, other in kinds.items() if other]

    def _names(self, post: Post) -> list[dict[str, Any]]:
        found = []
        for person in self.world.people.values():
            at = post.text.find(f"@{person.handle}")
            if at >= 0:
                end = at + len(person.handle) + 1
                found.append({"start": at, "end": end, "username": person.handle, "id": person.id})
        return found

    def _author_of(self, post_id: str | None) -> Person | None:
        post = self.world.posts.get(post_id or "")
        return self.world.people[post.author] if post else None

    def dm(self, dm: Dm, fields: frozenset[str]) -> dict[str, Any]:
        """Without `dm_event.fields` only these three."""
        text, links = text_and_links(dm.id, dm.text, self._keys(dm.media), "messages/media")
        every: dict[str, Any] = {
            "sender_id": dm.sender,
            "dm_conversation_id": dm.conversation,
            "created_at": iso(dm.at, whole=False),
            "entities": {"urls": links} if links else None,
            "attachments": {"media_keys": self._keys(dm.media)} if dm.media else None,
        }
        chosen = {key: value for key, value in every.items() if key in fields and value}
        return {"id": dm.id, "event_type": "MessageCreate", "text": text, **chosen}

    def media(self, media_id: str, fields: frozenset[str], dm: str | None = None) -> dict[str, Any]:
        file = self.world.media[media_id]
        kind = (
            "video"
            if file.category.endswith("video")
            else "animated_gif"
            if "gif" in file.category
            else "photo"
        )
        address = f"https://pbs.twimg.com/media/{media_id}.jpg"
        if dm is not None:
            address = f"https://ton.twitter.com/1.1/ton/data/dm/{dm}/{media_id}/{media_id}.jpg"
        every: dict[str, Any] = {"url": address} if kind == "photo" else {"variants": [_film(media_id)]}
        every["alt_text"] = file.alt
        more = {key: value for key, value in every.items() if key in fields and value}
        return {"media_key": self._keys([media_id])[0], "type": kind, **more}

    def _keys(self, media: Iterable[str]) -> list[str]:
        """3 for pictures, 7 for films, 16 for GIFs."""
        first = {"video": "7", "gif": "16"}
        return [
            f"{first.get(self.world.media[each].category.rpartition('_')[2], '3')}_{each}"
            for each in media
            if each in self.world.media
        ]

    def includes(self, posts: Iterable[Post], query: Query) -> dict[str, Any]:
        """What `expansions` ask for."""
        wanted = asked(query, "expansions")
        posts, found = list(posts), dict[str, Any]()
        fields = asked(query, "tweet.fields", "post.fields")
        related = [
            self.world.posts[row["id"]]
            for post in posts
            for row in self.references(post)
            if row["id"] in self.world.posts
        ]
        if not wanted & {"referenced_tweets.id", "referenced_posts.id"}:
            related = []
        if related:
            found["tweets"] = [
                self.post(each, fields) for each in {post.id: post for post in related}.values()
            ]
        if "author_id" in wanted:
            authors = {post.author for post in (*posts, *related)}
            found["users"] = [
                self.person(self.world.people[each], asked(query, "user.fields")) for each in sorted(authors)
            ]
        media = [each for post in posts for each in post.media if each in self.world.media]
        if media and "attachments.media_keys" in wanted:
            found["media"] = [self.media(each, asked(query, "media.fields")) for each in media]
        return found


def _film(media_id: str) -> dict[str, Any]:
    return {"url": f"https://video.twimg.com/{media_id}.mp4", "content_type": "video/mp4", "bit_rate": 832000}
