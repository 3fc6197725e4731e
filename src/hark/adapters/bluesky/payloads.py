"""What the AT Protocol's servers answer, as far as it is read. Unknown keys are passed over here and stay in the raw event."""

from __future__ import annotations

from typing import Any

import msgspec

Any_ = dict[str, Any]


class Viewer(msgspec.Struct, rename="camel"):
    """How the account and somebody stand to one another."""

    muted: bool = False
    blocked_by: bool = False
    blocking: str | None = None


class Profile(msgspec.Struct, rename="camel"):
    did: str
    handle: str | None = None
    display_name: str | None = None
    avatar: str | None = None
    viewer: Viewer | None = None
    labels: list[Any_] = []


class Ref(msgspec.Struct):
    """A record and its version."""

    uri: str
    cid: str = ""


class Reply(msgspec.Struct):
    root: Ref
    parent: Ref


class Record(msgspec.Struct, rename="camel"):
    """A post as its author's server has it."""

    text: str = ""
    created_at: str | None = None
    langs: list[str] = []
    facets: list[Any_] = []
    reply: Reply | None = None
    embed: Any_ | None = None
    labels: Any_ | None = None


class PostView(msgspec.Struct, rename="camel"):
    """A post with its author: an element of a notification list, of `getPosts`, of a feed or a thread."""

    uri: str
    cid: str
    author: Profile
    record: Any_
    reason: str | None = None
    reason_subject: str | None = None
    indexed_at: str | None = None
    labels: list[Any_] = []


class Commit(msgspec.Struct):
    """A change of somebody's repository, from whichever stream it came."""

    did: str
    operation: str
    collection: str
    rkey: str
    time: str | None = None
    cid: str | None = None
    record: Any_ | None = None

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


class Sender(msgspec.Struct):
    did: str


class ChatReaction(msgspec.Struct, rename="camel"):
    value: str
    sender: Sender
    created_at: str | None = None


class Named(msgspec.Struct):
    id: str


class ChatMessage(msgspec.Struct, rename="camel"):
    """A message of a conversation; a deleted one has neither text nor embed, a system one no sender."""

    id: str
    type_: str = msgspec.field(default="", name="$type")
    sender: Sender | None = None
    sent_at: str | None = None
    text: str | None = None
    facets: list[Any_] = []
    embed: Any_ | None = None
    reply_to: Named | None = None
    reactions: list[ChatReaction] = []
    data: Any_ | None = None


class Log(msgspec.Struct, rename="camel"):
    """An entry of the chat's log of changes."""

    type_: str = msgspec.field(default="", name="$type")
    rev: str = ""
    convo_id: str | None = None
    message: Any_ | None = None
    reaction: ChatReaction | None = None
    related_profiles: list[Profile] = []


class Kind(msgspec.Struct):
    type_: str = msgspec.field(default="", name="$type")
    name: str | None = None


class Convo(msgspec.Struct, rename="camel"):
    id: str
    members: list[Profile] = []
    status: str | None = None
    kind: Kind | None = None
    unread_count: int = 0
    last_message: Any_ | None = None

    @property
    def is_group(self) -> bool:
        return self.kind is not None and self.kind.type_.endswith("#groupConvo")


class Entry(msgspec.Struct):
    """A raw item: `kind` says what `item` is, `account` whose it is, `convo` where a chat message stands."""

    account: str
    kind: str
    item: msgspec.Raw
    convo: Convo | None = None
    at: str | None = None
