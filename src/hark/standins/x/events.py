"""What X tells a webhook: the bodies of both products."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.standins.x.render import Renderer, text_and_links
from hark.standins.x.world import Dm, Person, Post, Webhook, World

STREAM = "stream:"
"""In the place of an address."""
EVERYTHING = frozenset(
    {
        "author_id",
        "created_at",
        "conversation_id",
        "lang",
        "display_text_range",
        "entities",
        "referenced_tweets",
        "in_reply_to_user_id",
        "attachments",
        "note_tweet",
    }
)
EVERYTHING_BESIDE = {
    "expansions": "author_id,referenced_tweets.id,attachments.media_keys",
    "tweet.fields": ",".join(EVERYTHING),
    "user.fields": "profile_image_url,verified",
    "media.fields": "type,url,variants,alt_text",
}
_PEOPLE = frozenset({"profile_image_url", "verified"})


class Events:
    def __init__(self, world: World, renderer: Renderer) -> None:
        self.world, self.render = world, renderer

    def of_post(self, post: Post) -> list[tuple[str, bytes]]:
        """Where a new post is told, and how: once for each subscription that it fits."""
        bodies = [
            (hook.url, self._account_activity("tweet_create_events", self.tweet(post), post))
            for hook in self._hooks()
            if self._concerns_us(post)
        ]
        for kind in self._kinds(post):
            includes = self.render.includes([post], EVERYTHING_BESIDE)
            body = self._activity(kind, self.render.post(post, EVERYTHING), includes, uuid=post.id)
            bodies += [(url, body) for url in self._urls(kind)]
        return bodies

    def _kinds(self, post: Post) -> list[str]:
        """A reply that spells out our name is told as both."""
        us = self.world.us.id
        if post.author == us:
            return ["post.create"]
        kinds = ["post.mention.create"] if us in post.named else []
        of = {
            "post.reply.create": post.answers,
            "post.quote.create": post.quotes,
            "post.repost.create": post.reposts,
        }
        return kinds + [kind for kind, other in of.items() if self._ours(other)]

    def _ours(self, post_id: str | None) -> bool:
        post = self.world.posts.get(post_id or "")
        return post is not None and post.author == self.world.us.id

    def _concerns_us(self, post: Post) -> bool:
        return post.author == self.world.us.id or bool(self._kinds(post))

    def of_dm(self, dm: Dm) -> list[tuple[str, bytes]]:
        """Groups are in neither product."""
        if "-" not in dm.conversation:
            return []
        kind = "dm.sent" if dm.sender == self.world.us.id else "dm.received"
        item, people = self.message(dm), [self.world.people[each] for each in dm.conversation.split("-")]
        wrapped = {each.id: {"data": self.render.person(each, _PEOPLE)} for each in people}
        payload = {"direct_message_events": [item], "users": wrapped}
        users = {each.id: _old_user(each) for each in people}
        old = {"for_user_id": self.world.us.id, "direct_message_events": [item], "users": users}
        body = self._activity(kind, payload, None, uuid=f"-{dm.id}")
        return [
            *((hook.url, msgspec.json.encode(old)) for hook in self._hooks()),
            *((url, body) for url in self._urls(kind)),
        ]

    def of_delete(self, post: Post) -> list[tuple[str, bytes]]:
        now = str(int(self.world.now().timestamp() * 1000))
        gone = {"status": {"id": post.id, "user_id": post.author}, "timestamp_ms": now}
        old = {"for_user_id": self.world.us.id, "tweet_delete_events": [gone]}
        payload = {"id": post.id, "author_id": post.author}
        body = self._activity("post.delete", payload, None, uuid=f"-{post.id}")
        return [
            *((hook.url, msgspec.json.encode(old)) for hook in self._hooks()),
            *((url, body) for url in self._urls("post.delete")),
        ]

    def of_read(self, reader: Person, last: Dm) -> list[tuple[str, bytes]]:
        now = str(int(self.world.now().timestamp() * 1000))
        item = {
            "created_timestamp": now,
            "sender_id": reader.id,
            "target": {"recipient_id": self.world.us.id},
            "last_read_event_id": last.id,
        }
        old = {"for_user_id": self.world.us.id, "direct_message_mark_read_events": [item]}
        body = self._activity("dm.read", {"direct_message_mark_read_events": [item]}, None, uuid=f"-{now}")
        return [
            *((hook.url, msgspec.json.encode(old)) for hook in self._hooks()),
            *((url, body) for url in self._urls("dm.read")),
        ]

    def of_revoke(self) -> list[tuple[str, bytes]]:
        at = f"{self.world.now():%Y-%m-%dT%H:%M:%S}+00:00"
        payload = {"date_time": at, "user_id": self.world.us.id, "app_id": "777"}
        body = {"data": {"event_uuid": "1", "filter": {}, "event_type": "oauth.revoke", "payload": payload}}
        return [(hook.url, msgspec.json.encode(body)) for hook in self.world.webhooks.values() if hook.valid]

    def _hooks(self) -> list[Webhook]:
        return [hook for hook in self.world.webhooks.values() if hook.valid and hook.all_activity]

    def _urls(self, kind: str) -> list[str]:
        """The webhooks of the subscriptions, and the stream, which has the events of all of them."""
        rows = [row for row in self.world.subscriptions.values() if row.event == kind]
        hooks = [self.world.webhooks.get(row.webhook or "") for row in rows]
        return [*(hook.url for hook in hooks if hook is not None and hook.valid), *([STREAM] if rows else [])]

    def _activity(self, kind: str, payload: Any, includes: Any, *, uuid: str) -> bytes:
        event = {
            "event_uuid": uuid,
            "filter": {"user_id": self.world.us.id},
            "event_type": kind,
            "payload": payload,
        }
        return msgspec.json.encode(
            {"data": {**event, **({"includes": includes} if includes is not None else {})}}
        )

    def _account_activity(self, key: str, item: Any, post: Post) -> bytes:
        body: dict[str, Any] = {"for_user_id": self.world.us.id, key: [item]}
        if post.author != self.world.us.id:
            body["user_has_blocked"] = False
        return msgspec.json.encode(body)

    def message(self, dm: Dm) -> dict[str, Any]:
        """The same object in both products."""
        text, links = text_and_links(dm.id, dm.text, (), "messages/media")
        other = next(each for each in dm.conversation.split("-") if each != dm.sender)
        data: dict[str, Any] = {"text": text, "entities": {"urls": links, "user_mentions": []}}
        create = {"target": {"recipient_id": other}, "sender_id": dm.sender, "message_data": data}
        at = str(int(dm.at.timestamp() * 1000))
        return {"type": "message_create", "id": dm.id, "created_timestamp": at, "message_create": create}

    def tweet(self, post: Post) -> dict[str, Any]:
        """A post in the older form."""
        new = self.render.post(post, EVERYTHING)
        author, entities = self.world.people[post.author], new.get("entities", {})
        answered = self.world.people[new["in_reply_to_user_id"]] if "in_reply_to_user_id" in new else None
        names = [
            {
                "screen_name": each["username"],
                "id_str": each["id"],
                "id": int(each["id"]),
                "indices": [each["start"], each["end"]],
            }
            for each in entities.get("mentions", ())
        ]
        return {
            "created_at": f"{post.at:%a %b %d %H:%M:%S} +0000 {post.at:%Y}",
            "id": int(post.id),
            "id_str": post.id,
            "text": new["text"],
            "display_text_range": new["display_text_range"],
            "in_reply_to_status_id_str": post.answers,
            "in_reply_to_user_id_str": answered.id if answered else None,
            "in_reply_to_screen_name": answered.handle if answered else None,
            "user": _old_user(author),
            "is_quote_status": post.quotes is not None,
            **({"quoted_status_id_str": post.quotes} if post.quotes else {}),
            **({"retweeted_status": {"id_str": post.reposts}} if post.reposts else {}),
            "entities": {
                "urls": entities.get("urls", []),
                "user_mentions": names,
                "hashtags": [],
                "symbols": [],
            },
            "timestamp_ms": str(int(post.at.timestamp() * 1000)),
        }


def _old_user(person: Person) -> dict[str, Any]:
    return {
        "id": int(person.id),
        "id_str": person.id,
        "name": person.name,
        "screen_name": person.handle,
        "profile_image_url_https": f"https://pbs.twimg.com/profile_images/{person.id}/face_normal.jpg",
    }
