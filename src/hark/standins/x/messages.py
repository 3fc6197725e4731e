"""Direct messages: lists, sending, deleting, blocking; and their files."""

from __future__ import annotations

from typing import Any

from hark.standins.x.calls import Answer, Asked, Route, route
from hark.standins.x.errors import invalid, not_found, problem
from hark.standins.x.posts import page_size, page_start, page_token
from hark.standins.x.render import Renderer, asked
from hark.standins.x.world import World

READ = "dm.read tweet.read users.read"
WRITE = "dm.write tweet.read users.read"
MOST_CHARACTERS = 10_000


class Messages:
    def __init__(self, world: World, renderer: Renderer, tell: Any) -> None:
        self.world, self.render, self.tell = world, renderer, tell

    def routes(self) -> list[Route]:
        return [
            route("GET", "/2/dm_events", self.all, scopes=READ),
            route("GET", "/2/dm_conversations/with/{}/dm_events", self.with_person, scopes=READ),
            route("GET", "/2/dm_conversations/media/{}/{}/{}", self.file, "oauth2", "dm.read"),
            route("GET", "/2/dm_conversations/{}/dm_events", self.of_conversation, scopes=READ),
            route("POST", "/2/dm_conversations/with/{}/messages", self.write_to, scopes=WRITE),
            route("POST", "/2/dm_conversations/{}/messages", self.write_in, scopes=WRITE),
            route("DELETE", "/2/dm_events/{}", self.delete, scopes="dm.read dm.write"),
            route("POST", "/2/users/{}/dm/block", self.block, scopes=WRITE),
            route("POST", "/2/users/{}/dm/unblock", self.unblock, scopes=WRITE),
        ]

    def all(self, call: Asked) -> Answer:
        return self._page(call, None)

    def with_person(self, call: Asked) -> Answer:
        return self._page(call, self.world.pair(call.ids[0]))

    def of_conversation(self, call: Asked) -> Answer:
        return self._page(call, call.ids[0])

    def _page(self, call: Asked, conversation: str | None) -> Answer:
        rows = self.world.dms_of(conversation)
        start, size = page_start(call), page_size(call, 1, 100)
        shown = rows[start : start + size]
        fields = asked(call.query, "dm_event.fields")
        body: dict[str, Any] = {"data": [self.render.dm(dm, fields) for dm in shown]} if shown else {}
        wanted, includes = asked(call.query, "expansions"), dict[str, Any]()
        if "sender_id" in wanted and shown:
            people = [self.world.people[each] for each in sorted({dm.sender for dm in shown})]
            includes["users"] = [
                self.render.person(each, asked(call.query, "user.fields")) for each in people
            ]
        if "attachments.media_keys" in wanted:
            files = [(dm.id, each) for dm in shown for each in dm.media if each in self.world.media]
            found = [self.render.media(each, asked(call.query, "media.fields"), dm) for dm, each in files]
            includes |= {"media": found} if found else {}
        meta: dict[str, Any] = {"result_count": len(shown)}
        if start + size < len(rows):
            meta["next_token"] = page_token(start + size)
        return Answer({**body, **({"includes": includes} if includes else {}), "meta": meta})

    def write_to(self, call: Asked) -> Answer:
        person = self.world.people.get(call.ids[0])
        if person is None:
            raise not_found("user", call.ids[0])
        if not person.accepts_messages:
            raise problem(403, "You are not permitted to send Direct Messages to this user.")
        return self._write(call, self.world.pair(person.id))

    def write_in(self, call: Asked) -> Answer:
        if not any(dm.conversation == call.ids[0] for dm in self.world.dms.values()):
            raise not_found("dm conversation", call.ids[0])
        return self._write(call, call.ids[0])

    def _write(self, call: Asked, conversation: str) -> Answer:
        body = call.json("text", "attachments")
        text, rows = str(body.get("text") or ""), body.get("attachments")
        files = (
            [str(row.get("media_id")) for row in rows if isinstance(row, dict)]
            if isinstance(rows, list)
            else []
        )
        if not text and not files:
            raise invalid("text or attachments is needed.", text="")
        if len(text) > MOST_CHARACTERS or len(files) > 1:
            raise invalid("The message is too long or has too many files.")
        known = [self.world.media.get(each) for each in files]
        if any(
            file is None or file.state != "succeeded" or not file.category.startswith("dm_") for file in known
        ):
            raise invalid("The media id is not valid.", media_id=",".join(files))
        dm = self.world.dm(self.world.us.id, conversation, text, tuple(files))
        self.world.created.append(dm.id)
        self.tell.dm(dm)
        return Answer({"data": {"dm_conversation_id": conversation, "dm_event_id": dm.id}}, 201)

    def delete(self, call: Asked) -> Answer:
        dm = self.world.dms.get(call.ids[0])
        if dm is None or dm.sender != self.world.us.id:
            raise not_found("dm event", call.ids[0])
        del self.world.dms[dm.id]
        return Answer({"data": {"deleted": True}})

    def block(self, call: Asked) -> Answer:
        return self._blocked(call.ids[0], True)

    def unblock(self, call: Asked) -> Answer:
        return self._blocked(call.ids[0], False)

    def _blocked(self, who: str, blocked: bool) -> Answer:
        person = self.world.people.get(who)
        if person is None:
            raise not_found("user", who)
        person.blocked = blocked
        return Answer({"data": {"blocked": blocked}})

    def file(self, call: Asked) -> Answer:
        file = self.world.media.get(call.ids[1])
        if file is None:
            raise not_found("media", call.ids[1])
        return Answer(file.content, headers={"content-type": "image/jpeg"})
