"""The Graph API's addresses: which call is which, with which token and right."""

from __future__ import annotations

import re
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.auth import Caller, caller_of, check_state, find
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.limits import Limits
from hark.standins.facebook.messenger import Messenger
from hark.standins.facebook.notifier import Notifier, is_loopback
from hark.standins.facebook.page import Timeline
from hark.standins.facebook.web import Request
from hark.standins.facebook.world import Page, World

_VERSION = re.compile(r"v\d+\.\d+")


class Graph:
    """One call in, one object out, or a GraphFault."""

    def __init__(
        self, world: World, messenger: Messenger, timeline: Timeline, notifier: Notifier, limits: Limits
    ) -> None:
        self.world = world
        self.messenger = messenger
        self.timeline = timeline
        self.notifier = notifier
        self.limits = limits

    async def answer(self, request: Request) -> tuple[dict[str, Any], str | None]:
        """The answer, and the page whose usage it counts to."""
        parts = [part for part in request.path.split("/") if part]
        if parts and _VERSION.fullmatch(parts[0]):
            parts = parts[1:]
        if not 1 <= len(parts) <= 2:
            raise missing("/".join(parts))
        if parts == ["oauth", "access_token"]:
            return self._exchange(request), None
        caller = caller_of(request, self.world)
        self.limits.charge_app(self.world.now())
        if caller.page is not None:
            self.limits.charge_page(self.world.now())
        node = self._own_id(parts[0], caller)
        if len(parts) == 1:
            answer = self._node(node, caller, request)
        else:
            answer = await self._edge(node, parts[1], caller, request)
        return answer, caller.page.id if caller.page else None

    def _exchange(self, request: Request) -> dict[str, Any]:
        """A code against a token of an hour, that against one of 60 days."""
        app = self.world.app
        if request.text("client_id") != app.id or request.text("client_secret") != app.secret:
            raise GraphFault(101, "Error validating client secret.")
        if request.text("grant_type") == "fb_exchange_token":
            if request.text("fb_exchange_token") not in {app.short_token, app.user_token}:
                raise GraphFault(190, "Malformed access token", status=401)
            return {"access_token": app.user_token, "token_type": "bearer", "expires_in": 5183944}
        if request.text("code") != app.code:
            raise invalid("This authorization code has been used.", 36009)
        return {"access_token": app.short_token, "token_type": "bearer", "expires_in": 5000}

    def _own_id(self, node: str, caller: Caller) -> str:
        return caller.page.id if node == "me" and caller.page else node

    # Objects

    def _node(self, node: str, caller: Caller, request: Request) -> dict[str, Any]:
        if request.method == "GET":
            return self._read_node(node, caller, request)
        page = caller.acting_page("pages_manage_engagement")
        if request.method == "POST":
            return self.timeline.change_comment(page, node, request)
        if request.method == "DELETE":
            return self.timeline.remove_comment(page, node)
        raise invalid("Unsupported method")

    def _read_node(self, node: str, caller: Caller, request: Request) -> dict[str, Any]:
        if node == "debug_token":
            return self._debug_token(caller, request)
        if node == "me" and caller.is_user:
            return {"id": "10000000000000001", "name": "Stand-in Administrator"}
        page = caller.acting_page("pages_show_list")
        wanted = request.values.get("fields")
        if node == page.id:
            return fields.select({"id": page.id, "name": page.name}, fields.parse(str(wanted or "id,name")))
        if node in self.world.people:
            return self.messenger.profile(self.world.people[node], request)
        return self._read_other(node, page, fields.parse(str(wanted)) if wanted else None)

    def _read_other(self, node: str, page: Page, wanted: list[fields.Field] | None) -> dict[str, Any]:
        for conversation in self.world.conversations.values():
            if conversation.id == node and conversation.page_id == page.id:
                return fields.select(self.messenger.conversation_row(conversation), wanted, "id,updated_time")
        message = self.world.message(node)
        if message is not None and message[0].page_id == page.id:
            return fields.select(self.messenger.message_row(*message), wanted, "id,created_time")
        if node in self.world.posts and self.world.posts[node].page_id == page.id:
            return fields.select(
                self.timeline.post_row(self.world.posts[node]), wanted, "id,created_time,message"
            )
        comment = self.timeline.load_comment(node, page)
        return fields.select(self.timeline.comment_row(comment), wanted, "id,created_time,from,message")

    def _debug_token(self, caller: Caller, request: Request) -> dict[str, Any]:
        if not caller.is_app:
            raise GraphFault(
                100, "(#100) You must provide an app access token, or a user access token of the app"
            )
        asked = find(request.text("input_token"), self.world)
        base: dict[str, Any] = {"app_id": self.world.app.id, "application": "Stand-in", "scopes": []}
        if asked is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        if asked.page is None:
            return {"data": {**base, "type": "USER", "is_valid": True, "expires_at": 0}}
        page = asked.page
        state = {**base, "type": "PAGE", "profile_id": page.id, "scopes": page.scopes, "expires_at": 0}
        try:
            check_state(page)
        except GraphFault as fault:
            error = {"code": fault.code, "message": fault.message, "subcode": fault.subcode}
            return {"data": {**state, "is_valid": False, "error": error, "scopes": []}}
        return {"data": {**state, "is_valid": True, "data_access_expires_at": 4102444800}}

    # Lists and actions of an object

    async def _edge(self, node: str, edge: str, caller: Caller, request: Request) -> dict[str, Any]:
        if edge == "subscriptions":
            return await self._app_subscriptions(node, caller, request)
        if edge == "accounts":
            return self._accounts(caller, request)
        if edge == "subscribed_apps":
            return self._subscribed_apps(node, caller, request)
        if edge in {"comments", "likes"}:
            return self._engagement(node, edge, caller, request)
        page = caller.acting_page("pages_messaging" if edge in _MESSAGING else "pages_read_user_content")
        if node != page.id:
            raise missing(node)
        match request.method, edge:
            case "POST", "messages":
                return self.messenger.send(page, request)
            case "POST" | "DELETE", "blocked":
                return self._block(page, request)
            case "POST", "message_attachments":
                return self.messenger.upload(page, request)
            case "GET", "conversations":
                return self.messenger.conversations(page, request)
            case "GET", "feed" | "posts":
                return self.timeline.feed(page, request)
            case "GET", "ratings":
                return self.timeline.ratings(page, request)
        raise missing(f"{node}/{edge}")

    def _block(self, page: Page, request: Request) -> dict[str, Any]:
        person = request.text("psid") or request.text("user")
        if person not in self.world.people:
            raise invalid("Param user must be a valid person")
        if person in page.blocked:
            page.blocked.remove(person)
        if request.method == "POST":
            page.blocked.append(person)
        return {person: True}

    def _engagement(self, node: str, edge: str, caller: Caller, request: Request) -> dict[str, Any]:
        if request.method == "GET" and edge == "comments":
            page = caller.acting_page("pages_read_user_content")
            self.timeline.load(node, page)
            wanted = request.values.get("fields")
            answer = self.timeline.comments(
                node, request.values, fields.parse(str(wanted)) if wanted else None
            )
            return dict(answer)
        page = caller.acting_page("pages_manage_engagement")
        if edge == "likes":
            return self.timeline.like(page, node, on=request.method == "POST")
        return self.timeline.add_comment(page, node, request)

    def _accounts(self, caller: Caller, request: Request) -> dict[str, Any]:
        if not caller.is_user:
            raise GraphFault(190, "A user access token is required for this call")
        rows = [
            {"access_token": page.token, "name": page.name, "id": page.id, "tasks": page.tasks}
            for page in self.world.pages.values()
        ]
        return fields.page_of(rows, request.values, "v26.0/me/accounts")

    def _subscribed_apps(self, node: str, caller: Caller, request: Request) -> dict[str, Any]:
        page, app = caller.acting_page("pages_manage_metadata"), self.world.app
        if node != page.id:
            raise missing(node)
        if request.method == "POST":
            wanted = [name for name in request.text("subscribed_fields").split(",") if name]
            if not wanted:
                raise invalid("Param subscribed_fields must be non-empty")
            page.subscribed = wanted
            return {"success": True}
        if request.method == "DELETE":
            page.subscribed = None
            return {"success": True}
        if page.subscribed is None:
            return {"data": []}
        row = {
            "id": app.id,
            "name": "Stand-in",
            "link": "https://desk.example",
            "subscribed_fields": page.subscribed,
        }
        return {"data": [row]}

    async def _app_subscriptions(self, node: str, caller: Caller, request: Request) -> dict[str, Any]:
        """The app's callback address. Saving it asks the address first."""
        app = self.world.app
        if not caller.is_app or node != app.id:
            raise GraphFault(15, "(#15) This method must be called with an app access_token")
        if request.method == "DELETE":
            app.callback_url = None
            return {"success": True}
        if request.method == "GET":
            names = [{"name": name, "version": "v26.0"} for name in app.fields]
            row = {"object": "page", "callback_url": app.callback_url, "active": True, "fields": names}
            return {"data": [row] if app.callback_url else []}
        url, token = request.text("callback_url"), request.text("verify_token")
        if request.text("object") != "page":
            raise invalid("Param object must be page")
        if not is_loopback(url):
            raise GraphFault(2200, "(#2200) The stand-in calls loopback addresses only")
        if not await self.notifier.handshake(url, token):
            raise GraphFault(2200, "(#2200) Callback verification failed")
        app.callback_url, app.verify_token = url, token
        app.fields = [name for name in request.text("fields").split(",") if name]
        return {"success": True}


_MESSAGING = {"messages", "message_attachments", "conversations"}
