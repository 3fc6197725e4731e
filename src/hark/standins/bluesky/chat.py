"""The chat service, after its lexicon: conversations, a log with a cursor, requests of strangers, reactions.

It stands alone, so that it can also be put behind a real account's server, which names the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from hark.kernel.clock import Clock
from hark.kernel.text import graphemes
from hark.standins.bluesky.world import Json, Refused, stamp
from hark.standins.kit.asked import Asked, Told

_DEFS = "chat.bsky.convo.defs#"


class Line(msgspec.Struct):
    """A message."""

    id: str
    rev: str
    sender: str
    at: datetime
    text: str
    reply_to: str | None = None
    reactions: list[Json] = []
    facets: list[Json] = []


class Talk(msgspec.Struct):
    """A conversation of two; `accepted` are those who let the other in."""

    id: str
    members: tuple[str, str]
    accepted: set[str]
    lines: list[Line] = []


class Chat:
    def __init__(self, clock: Clock, profile: Callable[[str], Json]) -> None:
        self.clock, self.profile = clock, profile
        self.talks: dict[str, Talk] = {}
        self.log: list[tuple[str, Json]] = []
        self.closed_to: set[str] = set()
        """Who takes no messages from anybody."""
        self._count = 0

    def _next(self) -> str:
        self._count += 1
        return f"222222{self._count:010}"

    def with_(self, one: str, other: str) -> Talk:
        members = tuple(sorted((one, other)))
        talk = next((each for each in self.talks.values() if each.members == members), None)
        if talk is None:
            talk = Talk(f"3convo{len(self.talks) + 1:06}", (members[0], members[1]), set())
            self.talks[talk.id] = talk
            self._tell(talk, "logBeginConvo")
        return talk

    def write(
        self,
        talk: Talk,
        sender: str,
        text: str,
        reply_to: str | None = None,
        facets: list[Json] | None = None,
    ) -> Line:
        rev = self._next()
        line = Line(f"3line{self._count:08}", rev, sender, self.clock(), text, reply_to, [], facets or [])
        talk.lines.append(line)
        talk.accepted.add(sender)
        self._tell(talk, "logCreateMessage", message=self._shown(talk, line), rev=rev)
        return line

    def react(self, talk: Talk, line: Line, who: str, value: str, *, add: bool) -> None:
        reaction = {"value": value, "sender": {"did": who}, "createdAt": stamp(self.clock())}
        line.reactions = [
            each for each in line.reactions if (each["value"], each["sender"]["did"]) != (value, who)
        ]
        if add:
            line.reactions.append(reaction)
        name = "logAddReaction" if add else "logRemoveReaction"
        self._tell(talk, name, message=self._shown(talk, line), reaction=reaction)

    def _tell(self, talk: Talk, kind: str, **more: Any) -> None:
        rev = more.pop("rev", None) or self._next()
        self.log.append((talk.id, {"$type": _DEFS + kind, "rev": rev, "convoId": talk.id, **more}))

    def _shown(self, talk: Talk, line: Line) -> Json:
        shown: Json = {
            "$type": _DEFS + "messageView",
            "id": line.id,
            "rev": line.rev,
            "sender": {"did": line.sender},
            "sentAt": stamp(line.at),
            "text": line.text,
        }
        answered = next((each for each in talk.lines if each.id == line.reply_to), None)
        if answered is not None:
            shown["replyTo"] = self._shown(talk, msgspec.structs.replace(answered, reply_to=None))
        return (
            shown
            | ({"reactions": line.reactions} if line.reactions else {})
            | ({"facets": line.facets} if line.facets else {})
        )

    def _convo(self, talk: Talk, did: str) -> Json:
        convo: Json = {
            "id": talk.id,
            "rev": talk.lines[-1].rev if talk.lines else "222222",
            "members": [self.profile(member) for member in talk.members],
            "muted": False,
            "status": "accepted" if did in talk.accepted else "request",
            "unreadCount": 0,
            "kind": {"$type": _DEFS + "directConvo"},
        }
        return {**convo, "lastMessage": self._shown(talk, talk.lines[-1])} if talk.lines else convo

    def handle(self, method: str, did: str, asked: Asked) -> Told:
        known: dict[str, Callable[[str, Asked], Json]] = {
            "getLog": self._get_log,
            "listConvos": self._list_convos,
            "getConvo": lambda who, one: {
                "convo": self._convo(self._talk(who, one.query.get("convoId")), who)
            },
            "getConvoForMembers": self._for_members,
            "getMessages": self._get_messages,
            "sendMessage": self._send,
            "acceptConvo": self._accept,
            "updateRead": lambda who, one: {
                "convo": self._convo(self._talk(who, one.json().get("convoId")), who)
            },
            "addReaction": lambda who, one: self._reaction(who, one, add=True),
            "removeReaction": lambda who, one: self._reaction(who, one, add=False),
        }
        name = method.removeprefix("chat.bsky.convo.")
        if name not in known:
            raise Refused(501, "MethodNotImplemented", "Method Not Implemented")
        return Told(known[name](did, asked))

    def _talk(self, did: str, convo_id: Any) -> Talk:
        talk = self.talks.get(str(convo_id))
        if talk is None or did not in talk.members:
            raise Refused(400, "InvalidConvo", "Convo not found")
        return talk

    def _get_log(self, did: str, asked: Asked) -> Json:
        mine = [log for talk, log in self.log if did in self.talks[talk].members]
        newest = mine[-1]["rev"] if mine else "222222"
        if "cursor" not in asked.query:
            return {"cursor": newest, "logs": []}
        after = [log for log in mine if log["rev"] > asked.query["cursor"]][:50]
        return {"cursor": after[-1]["rev"] if after else asked.query["cursor"], "logs": after}

    def _list_convos(self, did: str, asked: Asked) -> Json:
        limit, start = int(asked.query.get("limit", 50)), int(asked.query.get("cursor", 0))
        convos = [self._convo(talk, did) for talk in reversed(self.talks.values()) if did in talk.members]
        wanted = asked.query.get("status")
        rows = [convo for convo in convos if wanted is None or convo["status"] == wanted]
        more = {"cursor": str(start + limit)} if start + limit < len(rows) else {}
        return {"convos": rows[start : start + limit], **more}

    def _for_members(self, did: str, asked: Asked) -> Json:
        (other,) = asked.every("members")
        if other in self.closed_to:
            raise Refused(400, "MessagesDisabled", "recipient has disabled incoming messages")
        return {"convo": self._convo(self.with_(did, other), did)}

    def _get_messages(self, did: str, asked: Asked) -> Json:
        talk = self._talk(did, asked.query.get("convoId"))
        limit, start = int(asked.query.get("limit", 50)), int(asked.query.get("cursor", 0))
        rows = talk.lines[::-1]
        more = {"cursor": str(start + limit)} if start + limit < len(rows) else {}
        return {"messages": [self._shown(talk, line) for line in rows[start : start + limit]], **more}

    def _send(self, did: str, asked: Asked) -> Json:
        body = asked.json()
        talk, message = self._talk(did, body.get("convoId")), body.get("message") or {}
        text = str(message.get("text", ""))
        if not text or len(graphemes(text)) > 1000 or len(text.encode()) > 10_000:
            raise Refused(400, "InvalidRequest", "Input/message/text must not be longer than 1000 graphemes")
        if did not in talk.accepted and talk.lines:
            raise Refused(400, "InvalidRequest", "The request was not accepted")
        reply_to = (message.get("replyTo") or {}).get("messageId")
        if reply_to is not None and reply_to not in {line.id for line in talk.lines}:
            raise Refused(400, "ReplyTargetNotFound", "Reply target not found")
        return self._shown(talk, self.write(talk, did, text, reply_to, message.get("facets")))

    def _accept(self, did: str, asked: Asked) -> Json:
        talk = self._talk(did, asked.json().get("convoId"))
        if did in talk.accepted:
            return {}
        talk.accepted.add(did)
        self._tell(talk, "logAcceptConvo")
        return {"rev": self.log[-1][1]["rev"]}

    def _reaction(self, did: str, asked: Asked, *, add: bool) -> Json:
        body = asked.json()
        talk = self._talk(did, body.get("convoId"))
        line = next((each for each in talk.lines if each.id == body.get("messageId")), None)
        if line is None:
            raise Refused(400, "InvalidRequest", "Message not found")
        self.react(talk, line, did, str(body.get("value")), add=add)
        return {"message": self._shown(talk, line)}
