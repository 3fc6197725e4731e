"""The API's addresses: which call is which, with which of the two tokens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.notifier import is_loopback
from hark.standins.facebook.web import Request
from hark.standins.instagram.comments import Comments
from hark.standins.instagram.messages import Messages
from hark.standins.instagram.world import World

_VERSION = re.compile(r"v\d+\.\d+")
Handshake = Callable[[str, str], Awaitable[bool]]
LIFE = timedelta(days=60)


class Api:
    """One call in, one object out, or a GraphFault."""

    def __init__(self, world: World, messages: Messages, comments: Comments, handshake: Handshake) -> None:
        self.world, self.messages, self.comments = world, messages, comments
        self.handshake = handshake

    async def answer(self, request: Request) -> dict[str, Any]:
        parts = [part for part in request.path.split("/") if part]
        if parts and _VERSION.fullmatch(parts[0]):
            parts = parts[1:]
        if not 1 <= len(parts) <= 2:
            raise GraphFault(2500, f"Unknown path components: /{'/'.join(parts)}", kind="IGApiException")
        if parts in (["oauth", "access_token"], ["access_token"], ["refresh_access_token"]):
            return self._tokens(parts[-1], request)
        caller = self._caller(request)
        if caller == "app":
            return await self._app(parts, request)
        return self._node(parts, caller, request)

    def _tokens(self, call: str, request: Request) -> dict[str, Any]:
        account, kind = self.world.account, request.text("grant_type")
        if kind == "authorization_code":
            if request.text("code") != account.code:
                raise Flat("This authorization code has been used")
            return {"data": [{"access_token": "IG-of-an-hour", "user_id": account.scoped_id}]}
        given = request.text("access_token")
        if kind == "ig_exchange_token" and given == "IG-of-an-hour":
            return self._lasting()
        if kind == "ig_refresh_token" and call == "refresh_access_token" and given == account.token:
            self._check_alive()
            account.token = f"IGAA-renewed-{self.world.number(9)}"
            return self._lasting()
        raise GraphFault(190, "Invalid OAuth access token.", status=401)

    def _lasting(self) -> dict[str, Any]:
        self.world.account.token_ends = self.world.now() + LIFE
        return {"access_token": self.world.account.token, "token_type": "bearer", "expires_in": 5184000}

    def _caller(self, request: Request) -> str:
        account, app = self.world.account, self.world.app
        _, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = request.text("access_token") or bearer
        if token == f"{app.id}|{app.secret}":
            return "app"
        if token not in {account.token, account.page_token}:
            raise GraphFault(190, "Invalid OAuth access token.", status=401)
        self._check_alive()
        return "account" if token == account.token else "page"

    def _check_alive(self) -> None:
        account = self.world.account
        over = account.token_ends is not None and account.token_ends <= self.world.now()
        if account.dead or over:
            raise GraphFault(
                190, "Error validating access token: Session has expired.", subcode=463, status=401
            )

    # The app

    async def _app(self, parts: list[str], request: Request) -> dict[str, Any]:
        app = self.world.app
        if parts == ["debug_token"]:
            return self._debug(request)
        if parts != [app.id, "subscriptions"]:
            raise missing(parts[0])
        if request.method == "GET":
            row = {"object": "instagram", "callback_url": app.callback_url, "active": True}
            return {"data": [row] if app.callback_url else []}
        url, token = request.text("callback_url"), request.text("verify_token")
        if request.text("object") != "instagram":
            raise invalid("Param object must be instagram")
        if not is_loopback(url):
            raise GraphFault(2200, "(#2200) The stand-in calls loopback addresses only")
        if not await self.handshake(url, token):
            raise GraphFault(2200, "(#2200) Callback verification failed")
        app.callback_url, app.verify_token = url, token
        app.fields = [name for name in request.text("fields").split(",") if name]
        return {"success": True}

    def _debug(self, request: Request) -> dict[str, Any]:
        account, app = self.world.account, self.world.app
        if request.text("input_token") != account.page_token or account.dead:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        state = {
            "app_id": app.id,
            "type": "PAGE",
            "is_valid": True,
            "expires_at": 0,
            "scopes": account.scopes,
        }
        return {"data": state}

    # The account and everything of it

    def _node(self, parts: list[str], caller: str, request: Request) -> dict[str, Any]:
        account = self.world.account
        node, edge = parts[0], parts[1] if len(parts) == 2 else None
        ours = {"me", account.id} if caller == "account" else {"me", account.id, account.page_id}
        if node in ours:
            return self._own(node, edge, caller, request)
        comment = self.comments.find(node)
        if comment is not None and edge in {None, "replies"}:
            return self.comments.on_comment(comment, edge, request)
        if edge is not None:
            return self.comments.on_media(node, edge, request)
        return self._object(node, request)

    def _object(self, node: str, request: Request) -> dict[str, Any]:
        media = self.world.media.get(node)
        if media is not None and media.owner is None:
            return fields.select(self.comments.media_row(media), fields.parse(request.text("fields", "id")))
        if node in self.world.people:
            return self.messages.profile(self.world.people[node], request)
        found = self.messages.conversation(node, request) or self.messages.detail(node, request)
        if found is None:
            raise missing(node)
        return found

    def _own(self, node: str, edge: str | None, caller: str, request: Request) -> dict[str, Any]:
        match request.method, edge:
            case "GET", None:
                return self._self(node, caller, request)
            case "POST", "messages":
                return self.messages.send(request)
            case "GET", "conversations":
                return self.messages.conversations(request)
            case "GET", "media":
                return self.comments.media_list(request)
            case "POST", "mentions":
                return self.comments.answer_mention(request)
            case _, "subscribed_apps":
                return self._subscribed(caller, request)
        raise missing(f"{node}/{edge}")

    def _self(self, node: str, caller: str, request: Request) -> dict[str, Any]:
        account, wanted = self.world.account, request.text("fields", "id")
        mentioned = self.comments.mentioned(wanted)
        if mentioned is not None:
            return mentioned
        if caller == "page" and node != account.id:
            linked = {"id": account.id, "username": account.username}
            row = {"id": account.page_id, "name": "Stand-in Bakery", "instagram_business_account": linked}
        else:
            row = {
                "id": account.scoped_id,
                "user_id": account.id,
                "username": account.username,
                "account_type": "BUSINESS",
                "name": "Stand-in Bakery",
            }
        return fields.select(row, fields.parse(wanted))

    def _subscribed(self, caller: str, request: Request) -> dict[str, Any]:
        account = self.world.account
        if request.method == "POST":
            names = [name for name in request.text("subscribed_fields").split(",") if name]
            if not names:
                raise invalid("Param subscribed_fields must be non-empty")
            account.subscribed = [*names, *(["page"] if caller == "page" else [])]
            return {"success": True}
        shown = [name for name in account.subscribed if name != "page"]
        return {"data": [{"id": self.world.app.id, "subscribed_fields": shown}] if shown else []}


class Flat(Exception):
    """The error of the login host, which has another form."""
