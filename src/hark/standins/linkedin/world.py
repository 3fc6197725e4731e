"""LinkedIn in memory: a page with a post, members who comment, the notifications that follow, and the tokens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.kernel.clock import Clock

TOKEN_SECONDS = 5_184_000
REFRESH_SECONDS = 31_536_000
CODE_SECONDS = 1800
SUBSCRIPTION_DAYS = 30
SCOPES = ("r_organization_social_feed", "w_organization_social_feed", "rw_organization_admin")


class Settings(msgspec.Struct):
    """What a real app has or has not. `versions` are the API versions in force; `tells_parent` whether notifications name the
    comment that is answered (not documented); `comments_a_minute` and `calls_a_day` are its limits."""

    versions: tuple[str, ...] = ("202608", "202607", "202606")
    role: str = "ADMINISTRATOR"
    tells_parent: bool = False
    comments_a_minute: int = 10
    calls_a_day: int = 100_000
    refreshes: bool = True
    notice_delay: float = 0.3
    """Seconds after which an event is pushed."""


class Comment(msgspec.Struct):
    number: int
    post: str
    actor: str
    text: str
    at: datetime
    changed: datetime
    parent: str | None = None
    picture: str | None = None

    @property
    def urn(self) -> str:
        return f"urn:li:comment:({self.post},{self.number})"

    @property
    def compact(self) -> str:
        return f"urn:li:comment:({self.post.removeprefix('urn:li:')},{self.number})"


class Token(msgspec.Struct):
    access: str
    ends: datetime
    refresh: str
    consent_ends: datetime
    revoked: bool = False


class World:
    """All state. Ids are snowflakes of the clock."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.clock, self.settings = clock, settings
        self.client_id, self.client_secret = "stand-in-client", "stand-in-client-secret"
        self.application = "7700077"
        self.organization, self.name = "urn:li:organization:4400044", "Stand-in Bakery"
        self.admin = "urn:li:person:adminDemo1"
        self.webhook: str | None = None
        self.subscribed_until: datetime | None = None
        self.comments: dict[str, Comment] = {}
        self.reactions: dict[tuple[str, str], str] = {}
        self.notifications: list[dict[str, Any]] = []
        self.accepted: list[Comment] = []
        self.codes: dict[str, datetime] = {}
        self._serial = 0
        self.token = self.new_token()
        now = clock()
        self.posts: dict[str, dict[str, Any]] = {}
        self.post = self.add_post(
            self.organization, "Our new bakery opens on Monday.", now - timedelta(hours=1)
        )

    def snowflake(self, at: datetime) -> int:
        self._serial = (self._serial + 1) % (1 << 20)
        return int(at.timestamp() * 1000) << 22 | self._serial

    def new_token(self, consent_ends: datetime | None = None) -> Token:
        now = self.clock()
        ends = now + timedelta(seconds=TOKEN_SECONDS)
        consent = consent_ends or now + timedelta(seconds=REFRESH_SECONDS)
        return Token(secrets.token_urlsafe(24), ends, secrets.token_urlsafe(24), consent)

    def add_post(self, owner: str, text: str, at: datetime) -> str:
        """A post; its activity's URN, under which it is known by its share's URN too."""
        activity, share = (f"urn:li:{kind}:{self.snowflake(at)}" for kind in ("activity", "share"))
        self.posts[activity] = {"share": share, "owner": owner, "text": text, "at": at}
        return activity

    def activity_of(self, urn: str) -> str | None:
        if urn in self.posts:
            return urn
        return next((activity for activity, post in self.posts.items() if post["share"] == urn), None)

    def add_comment(
        self, actor: str, text: str, post: str, parent: str | None = None, picture: str | None = None
    ) -> Comment:
        now = self.clock()
        made = Comment(self.snowflake(now), post, actor, text, now, now, parent, picture)
        self.comments[made.urn] = made
        if actor == self.organization:
            self.accepted.append(made)
        return made

    def under(self, urn: str) -> list[Comment] | None:
        """The comments of a post (the top ones) or of a comment; None where there is no such thing."""
        if urn in self.comments:
            return [each for each in self.comments.values() if each.parent == urn]
        activity = self.activity_of(urn)
        if activity is None:
            return None
        return [each for each in self.comments.values() if each.post == activity and each.parent is None]

    def note(
        self, action: str, post: str, generated: str | None = None, decorated: Any = None
    ) -> dict[str, Any]:
        """A notification, as it is pushed and listed."""
        shown = self.posts[post]
        number = len(self.notifications) + 1
        notification = {
            "notificationId": -number if action == "LIKE" else 5_600_000_000 + number,
            "organizationalEntity": self.organization,
            "action": action,
            "subscriber": self.admin,
            "lastModifiedAt": int(self.clock().timestamp() * 1000),
            "sourcePost": post,
            "decoratedSourcePost": {
                "entity": shown["share"],
                "owner": shown["owner"],
                "text": shown["text"],
                "mediaCategory": "NONE",
            },
            **({"generatedActivity": generated} if generated else {}),
            **({"decoratedGeneratedActivity": decorated} if decorated else {}),
        }
        self.notifications.append(notification)
        return notification

    def note_comment(self, action: str, comment: Comment) -> dict[str, Any]:
        told = {"owner": comment.actor, "text": comment.text, "entity": comment.urn, "object": comment.post}
        if self.settings.tells_parent and comment.parent:
            told["parentComment"] = comment.parent
        decorated = None if action == "COMMENT_DELETE" else {"comment": told}
        return self.note(action, comment.post, comment.compact, decorated)
