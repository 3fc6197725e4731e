"""Webhooks with their challenge, subscriptions of both products, and what is sent again on request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from hark.standins.x.calls import Answer, Asked, Route, route
from hark.standins.x.errors import invalid, not_found, problem
from hark.standins.x.render import iso
from hark.standins.x.world import Subscription, Webhook, World

EVENTS = frozenset(
    {
        *(
            "dm.received",
            "dm.sent",
            "dm.read",
            "dm.indicate_typing",
            "chat.received",
            "chat.sent",
            "like.create",
        ),
        *("post.create", "post.delete", "post.mention.create", "post.reply.create", "post.quote.create"),
        *("post.repost.create", "follow.follow", "follow.unfollow"),
    }
)
PUBLIC = frozenset({"post.create", "post.delete", "follow.follow", "follow.unfollow"})
MOST_WEBHOOKS = 1
REPLAYED = timedelta(hours=24)


class Setup:
    """`replays` are the spans that were asked for again."""

    def __init__(self, world: World, consumer_secret: str, again: Any) -> None:
        self.world, self._secret, self._again = world, consumer_secret, again
        self.replays: list[tuple[str, str]] = []

    def routes(self) -> list[Route]:
        all_of = "/2/account_activity/webhooks/{}/subscriptions"
        return [
            route("GET", "/2/webhooks", self.webhooks, "app"),
            route("POST", "/2/webhooks", self.register, "app"),
            route("PUT", "/2/webhooks/{}", self.validate, "app"),
            route("DELETE", "/2/webhooks/{}", self.remove, "app"),
            route("POST", "/2/webhooks/replay", self.replay, "app"),
            route("GET", "/2/activity/subscriptions", self.subscriptions, "app user oauth2"),
            route("POST", "/2/activity/subscriptions", self.subscribe, "app user oauth2"),
            route("PUT", "/2/activity/subscriptions/{}", self.change, "app"),
            route("DELETE", "/2/activity/subscriptions/{}", self.unsubscribe, "app"),
            route("GET", f"{all_of}/all", self.has_all, scopes="dm.read dm.write tweet.read users.read"),
            route(
                "POST", f"{all_of}/all", self.subscribe_all, scopes="dm.read dm.write tweet.read users.read"
            ),
            route("GET", f"{all_of}/all/list", self.list_all, "app"),
            route("DELETE", f"{all_of}/{{}}/all", self.unsubscribe_all, "app"),
        ]

    # Webhooks --------------------------------------------------------------------------------------------------------

    def webhooks(self, call: Asked) -> Answer:
        rows = [self._seen(hook) for hook in self.world.webhooks.values()]
        return Answer({**({"data": rows} if rows else {}), "meta": {"result_count": len(rows)}})

    async def register(self, call: Asked) -> Answer:
        url = str(call.json("url").get("url") or "")
        self._check_address(url)
        if any(hook.url == url for hook in self.world.webhooks.values()):
            raise invalid("DuplicateUrlFailed: the URL is registered already", url=url)
        if len(self.world.webhooks) >= MOST_WEBHOOKS:
            raise invalid("WebhookLimitExceeded: too many resources already created", url=url)
        if not await self._proves_itself(url):
            raise invalid(
                "CrcValidationFailed: the callback URL did not respond correctly to the CRC check", url=url
            )
        hook = Webhook(self.world.new_id(), url, self.world.now())
        self.world.webhooks[hook.id] = hook
        return Answer({"data": self._seen(hook)})

    @staticmethod
    def _check_address(url: str) -> None:
        """As X: https, no port, 200 characters. This machine's own address is let through, for tests."""
        parts = urlsplit(url)
        local = parts.hostname == "127.0.0.1"
        if not local and (parts.scheme != "https" or parts.port is not None or len(url) > 200):
            raise invalid("UrlValidationFailed: the URL does not meet the requirements", url=url)

    async def _proves_itself(self, url: str) -> bool:
        token = secrets.token_urlsafe(24)
        digest = hmac.new(self._secret.encode(), token.encode(), hashlib.sha256).digest()
        expected = "sha256=" + base64.b64encode(digest).decode()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
                answer = await client.get(url, params={"crc_token": token, "nonce": "x"})
            return answer.status_code == 200 and answer.json().get("response_token") == expected
        except (httpx.HTTPError, ValueError, AttributeError):
            return False

    async def validate(self, call: Asked) -> Answer:
        hook = self._load(call.ids[0])
        hook.valid = await self._proves_itself(hook.url)
        if not hook.valid:
            raise invalid("CrcValidationFailed: the callback URL did not respond correctly to the CRC check")
        return Answer({"data": {"valid": True}})

    def remove(self, call: Asked) -> Answer:
        hook = self._load(call.ids[0])
        del self.world.webhooks[hook.id]
        return Answer({"data": {"deleted": True}})

    def replay(self, call: Asked) -> Answer:
        """Sends again what could not be delivered within the last 24 hours."""
        body = call.json("webhook_id", "from_date", "to_date")
        hook = self._load(str(body.get("webhook_id")))
        dates = [_date(str(body.get(key))) for key in ("from_date", "to_date")]
        if dates[0] < self.world.now() - REPLAYED - timedelta(minutes=2) or dates[0] >= dates[1]:
            raise invalid("from_date must lie within the last 24 hours.", from_date=body.get("from_date"))
        self.replays.append((str(body["from_date"]), str(body["to_date"])))
        self._again(hook.url)
        job = {"job_id": self.world.new_id(), "created_at": iso(self.world.now())}
        return Answer({"data": job})

    def _load(self, webhook_id: str) -> Webhook:
        hook = self.world.webhooks.get(webhook_id)
        if hook is None:
            raise invalid("WebhookIdInvalid: no such webhook", webhook_id=webhook_id)
        return hook

    def _seen(self, hook: Webhook) -> dict[str, Any]:
        return {"id": hook.id, "url": hook.url, "valid": hook.valid, "created_at": iso(hook.created_at)}

    # X Activity API ----------------------------------------------------------------------------------------------------

    def subscriptions(self, call: Asked) -> Answer:
        rows = [self._row(each) for each in self.world.subscriptions.values()]
        return Answer({**({"data": rows} if rows else {}), "meta": {"total_subscriptions": len(rows)}})

    def subscribe(self, call: Asked) -> Answer:
        body = call.json("event_type", "filter", "tag", "webhook_id")
        event, about = str(body.get("event_type")), body.get("filter")
        if event not in EVENTS or not isinstance(about, dict) or not about.get("user_id"):
            raise invalid("event_type or filter is not valid.", event_type=event)
        if event not in PUBLIC and call.who != "oauth2":
            raise problem(
                403, "This event needs the user's OAuth 2.0 authorization.", "unsupported-authentication"
            )
        webhook = body.get("webhook_id")
        if webhook is not None:
            self._load(str(webhook))
        person = str(about["user_id"])
        if any(each.event == event and each.person == person for each in self.world.subscriptions.values()):
            raise invalid("DuplicateSubscriptionFailed: there is such a subscription", event_type=event)
        own = self.world.new_id()
        row = Subscription(own, event, person, webhook, self.world.now(), body.get("tag"))
        self.world.subscriptions[own] = row
        return Answer(
            {"data": [self._row(row)], "meta": {"total_subscriptions": len(self.world.subscriptions)}}
        )

    def change(self, call: Asked) -> Answer:
        row, body = self._subscription(call.ids[0]), call.json("tag", "webhook_id")
        if "webhook_id" in body:
            self._load(str(body["webhook_id"]))
            row.webhook = str(body["webhook_id"])
        return Answer({"data": self._row(row)})

    def unsubscribe(self, call: Asked) -> Answer:
        del self.world.subscriptions[self._subscription(call.ids[0]).id]
        return Answer(
            {"data": {"deleted": True}, "meta": {"total_subscriptions": len(self.world.subscriptions)}}
        )

    def _subscription(self, own: str) -> Subscription:
        row = self.world.subscriptions.get(own)
        if row is None:
            raise not_found("subscription", own)
        return row

    def _row(self, row: Subscription) -> dict[str, Any]:
        seen = {"subscription_id": row.id, "event_type": row.event, "filter": {"user_id": row.person}}
        seen |= {"created_at": iso(row.created_at), "updated_at": iso(row.created_at)}
        more = {"tag": row.tag, "webhook_id": row.webhook}
        return {**seen, **{key: value for key, value in more.items() if value}}

    # Account Activity API ------------------------------------------------------------------------------------------------

    def has_all(self, call: Asked) -> Answer:
        return Answer({"data": {"subscribed": self._load(call.ids[0]).all_activity}})

    def subscribe_all(self, call: Asked) -> Answer:
        self._load(call.ids[0]).all_activity = True
        return Answer({"data": {"subscribed": True}})

    def list_all(self, call: Asked) -> Answer:
        hook = self._load(call.ids[0])
        rows = [{"user_id": self.world.us.id}] if hook.all_activity else []
        return Answer({"data": {"webhook_id": hook.id, "webhook_url": hook.url, "subscriptions": rows}})

    def unsubscribe_all(self, call: Asked) -> Answer:
        self._load(call.ids[0]).all_activity = False
        return Answer({"data": {"subscribed": False}})


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid("A date has the form yyyymmddhhmm.", date=text) from error
