"""The API's addresses: tokens, the profile, posts, replies, publishing in two steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hark.standins.facebook import fields
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.web import Request
from hark.standins.threads.world import DAY, REPLIES_A_DAY, Container, Post, World

_VERSION = re.compile(r"v\d+\.\d+")
CHARACTERS = 500
LIFE = timedelta(days=60)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u200d\ufe0f]")


class Consented(Exception):
    """Back to the program with a code; the text is the address."""


class Api:
    """One call in, one object out, or a GraphFault. `published` is told of each new reply of ours."""

    def __init__(self, world: World, published: Callable[[Post], None]) -> None:
        self.world, self.published = world, published

    def answer(self, request: Request) -> dict[str, Any]:
        parts = [part for part in request.path.split("/") if part]
        if parts and _VERSION.fullmatch(parts[0]):
            parts = parts[1:]
        if parts == ["oauth", "authorize"]:
            raise Consented(self._consent(request))
        if parts in (["oauth", "access_token"], ["access_token"], ["refresh_access_token"]):
            return self._tokens(request)
        self._check_caller(request)
        if not 1 <= len(parts) <= 2:
            raise GraphFault(2500, "Unknown path components", kind="THApiException")
        if parts[0] in {"me", self.world.profile.id}:
            return self._own(parts[1] if len(parts) == 2 else None, request)
        return self._post(parts[0], parts[1] if len(parts) == 2 else None, request)

    def _consent(self, request: Request) -> str:
        """The person says yes at once."""
        if request.text("client_id") != self.world.profile.app_id:
            raise invalid("Invalid client_id")
        query = urlencode({"code": self.world.profile.code, "state": request.text("state")})
        return f"{request.text('redirect_uri')}?{query}"

    def _tokens(self, request: Request) -> dict[str, Any]:
        profile, kind = self.world.profile, request.text("grant_type")
        if kind == "authorization_code":
            if request.text("client_secret") != profile.secret or request.text("code") != profile.code:
                raise invalid("Invalid authorization code")
            return {"access_token": "TH-of-an-hour", "user_id": profile.id}
        given = request.text("access_token")
        if kind == "th_exchange_token" and given == "TH-of-an-hour":
            return self._lasting()
        if kind == "th_refresh_token" and given == profile.token:
            self._check_alive()
            profile.token = f"THAA-renewed-{self.world.number(9)}"
            return self._lasting()
        raise GraphFault(190, "Invalid OAuth access token.", status=401)

    def _lasting(self) -> dict[str, Any]:
        self.world.profile.token_ends = self.world.now() + LIFE
        return {"access_token": self.world.profile.token, "token_type": "bearer", "expires_in": 5184000}

    def _check_caller(self, request: Request) -> None:
        _, _, bearer = request.headers.get("authorization", "").partition(" ")
        if (request.text("access_token") or bearer) != self.world.profile.token:
            raise GraphFault(190, "Invalid OAuth access token.", status=401)
        self._check_alive()

    def _check_alive(self) -> None:
        profile = self.world.profile
        if profile.dead or (profile.token_ends is not None and profile.token_ends <= self.world.now()):
            raise GraphFault(190, "Session has expired.", subcode=463, status=401, kind="THApiException")

    def _need(self, scope: str) -> None:
        if scope not in self.world.profile.scopes:
            raise GraphFault(10, f"(#10) Application does not have permission {scope}", status=403)

    # The profile

    def _own(self, edge: str | None, request: Request) -> dict[str, Any]:
        profile = self.world.profile
        match request.method, edge:
            case "GET", None:
                row = {"id": profile.id, "username": profile.username, "name": "Stand-in Bakery"}
                return fields.select(row, fields.parse(request.text("fields", "id")))
            case "GET", "threads":
                own = [each for each in self.world.newest() if each.username == profile.username]
                return self._listed([each for each in own if each.parent is None], request)
            case "GET", "replies":
                self._need("threads_read_replies")
                own = [each for each in self.world.newest() if each.username == profile.username]
                return self._listed([each for each in own if each.parent is not None], request)
            case "GET", "mentions":
                self._need("threads_manage_mentions")
                name = f"@{profile.username}"
                return self._listed([each for each in self.world.newest() if name in each.text], request)
            case "GET", "threads_publishing_limit":
                self._need("threads_manage_replies")
                config = {"quota_total": REPLIES_A_DAY, "quota_duration": int(DAY.total_seconds())}
                used = self.world.used_replies()
                return {"data": [{"reply_quota_usage": used, "reply_config": config}]}
            case "POST", "threads":
                return self._prepare(request)
            case "POST", "threads_publish":
                return self._publish(request)
        raise missing(f"me/{edge}")

    def _listed(self, posts: list[Post], request: Request) -> dict[str, Any]:
        chosen = fields.parse(request.text("fields", "id"))
        rows = [fields.select(self._row(post), chosen) for post in posts]
        return fields.page_of(rows, request.values, "v1.0/list")

    def _row(self, post: Post) -> dict[str, Any]:
        profile = self.world.profile
        root = self.world.posts.get(post.root or "")
        return {
            "id": post.id,
            "text": post.text or None,
            "username": post.username,
            "timestamp": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": permalink(post),
            "media_type": "IMAGE" if post.image else "TEXT_POST",
            "media_url": post.image,
            "thumbnail_url": None,
            "gif_url": None,
            "replied_to": {"id": post.parent} if post.parent else None,
            "root_post": {"id": root.id, "username": root.username} if root else None,
            "hide_status": post.hidden,
            "is_reply_owned_by_me": post.username == profile.username if post.parent else None,
            "has_replies": any(
                each.parent == post.id and not each.deleted for each in self.world.posts.values()
            ),
        }

    # Publishing

    def _prepare(self, request: Request) -> dict[str, Any]:
        text, kind = request.text("text"), request.text("media_type")
        if kind not in {"TEXT", "IMAGE"} or (kind == "TEXT" and not text.strip()):
            raise invalid("Param media_type or text is missing")
        if counted(text) > CHARACTERS:
            raise invalid(f"Param text must be at most {CHARACTERS} characters long.")
        image = request.text("image_url") if kind == "IMAGE" else None
        if kind == "IMAGE" and not str(image).startswith("http"):
            raise invalid("Param image_url must be a public address")
        parent = request.text("reply_to_id") or None
        if parent is not None:
            self._need("threads_manage_replies")
            if self.world.alive(parent) is None:
                raise missing(parent)
        container = Container(self.world.number(), text, parent, image, self.world.now())
        self.world.containers[container.id] = container
        return {"id": container.id}

    def _publish(self, request: Request) -> dict[str, Any]:
        self._need("threads_content_publish")
        container = self.world.containers.get(request.text("creation_id"))
        if container is None or self.world.now() - container.at > DAY:
            raise GraphFault(
                24, "The requested resource does not exist", subcode=4279009, kind="THApiException"
            )
        if container.image and container.looks > 0:
            raise GraphFault(9007, "The media is not ready for publishing", subcode=2207027)
        if self.world.used_replies() >= REPLIES_A_DAY:
            raise GraphFault(4, "(#4) Application request limit reached", subcode=1349210)
        del self.world.containers[container.id]
        self.world.published.append(self.world.now())
        above = self.world.posts.get(container.parent or "")
        post = self.world.add(self.world.profile.username, container.text, above, container.image)
        self.published(post)
        return {"id": post.id}

    # Posts

    def _post(self, node: str, edge: str | None, request: Request) -> dict[str, Any]:
        container = self.world.containers.get(node)
        if container is not None:
            container.looks -= 1
            return {"id": node, "status": "FINISHED" if container.looks <= 0 else "IN_PROGRESS"}
        post = self.world.alive(node)
        if post is None:
            raise missing(node)
        match request.method, edge:
            case "GET", None:
                return fields.select(self._row(post), fields.parse(request.text("fields", "id")))
            case "GET", "conversation" | "replies":
                self._need("threads_read_replies")
                below = [
                    each
                    for each in self.world.newest()
                    if (each.root if edge == "conversation" else each.parent) == node
                ]
                return self._listed(
                    below if request.text("reverse", "true") == "true" else below[::-1], request
                )
            case "POST", "manage_reply":
                return self._hide(post, request)
            case "DELETE", None:
                return self._delete(post)
        raise missing(f"{node}/{edge}")

    def _hide(self, post: Post, request: Request) -> dict[str, Any]:
        """Replies at the first level under our own posts; what is below goes along."""
        self._need("threads_manage_replies")
        root = self.world.posts.get(post.root or "")
        if root is None or root.username != self.world.profile.username or post.parent != root.id:
            raise invalid("Only top-level replies to your own posts can be hidden")
        post.hidden = "HIDDEN" if request.text("hide").lower() == "true" else "UNHUSHED"
        return {"success": True}

    def _delete(self, post: Post) -> dict[str, Any]:
        self._need("threads_delete")
        if post.username != self.world.profile.username:
            raise GraphFault(10, "(#10) Only own posts can be deleted", status=403)
        post.deleted = True
        return {"success": True, "deleted_id": post.id}


def permalink(post: Post) -> str:
    return f"https://www.threads.net/@{post.username}/post/{post.id}"


def counted(text: str) -> int:
    """Characters, and emoji as their bytes."""
    return sum(len(char.encode()) if _EMOJI.match(char) else 1 for char in text)
