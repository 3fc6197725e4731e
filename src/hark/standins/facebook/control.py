"""The control API under `/_control`: play the people, set limits and faults, look at what happened.

All bodies and answers are JSON. `GET /_control` lists the calls.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from hark.standins.facebook import wire
from hark.standins.facebook.faults import Fault
from hark.standins.facebook.notifier import Delivery, is_loopback
from hark.standins.facebook.play import NotThere
from hark.standins.facebook.web import Request, Response

if TYPE_CHECKING:
    from hark.standins.facebook.app import StandIn

Body = dict[str, Any]
Handler = Callable[["StandIn", Body], "Any | Awaitable[Any]"]


async def control(stand_in: StandIn, request: Request) -> Response:
    path = request.path.removeprefix("/_control").strip("/")
    try:
        if not path:
            return Response(200, {"calls": sorted(f"{verb} /_control/{name}" for verb, name in _CALLS)})
        found = _handle(stand_in, request.method, path, request.values)
        answer = await found if isinstance(found, Awaitable) else found
    except NotThere as problem:
        return Response(404, {"error": str(problem)})
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as problem:
        return Response(400, {"error": f"{type(problem).__name__}: {problem}"})
    return Response(200, answer)


def _handle(stand_in: StandIn, method: str, path: str, body: Body) -> Any:
    handler = _CALLS.get((method, path))
    if handler is not None:
        return handler(stand_in, body)
    match method, path.split("/"):
        case "POST", ["dm", mid, "edit"]:
            return stand_in.play.edit(mid, body)
        case "POST", ["dm", mid, "delete"]:
            return stand_in.play.unsend(mid)
        case "POST", ["dm", mid, "react"]:
            return stand_in.play.react(mid, body)
        case "POST", ["comments", comment_id, verb]:
            return stand_in.play.change_comment(comment_id, verb, body)
        case "POST", ["reviews", review_id, verb]:
            return stand_in.play.change_review(review_id, verb, body)
    raise NotThere(f"There is no control call {method} {path}.")


def _state(stand_in: StandIn, _: Body) -> Body:
    world = stand_in.world
    return {
        "app": msgspec.to_builtins(world.app),
        "pages": [msgspec.to_builtins(page) for page in world.pages.values()],
        "people": [{**msgspec.to_builtins(person), "name": person.name} for person in world.people.values()],
        "posts": list(world.posts),
        "now": world.now().isoformat(),
        "withheld": len(stand_in.notifier.withheld),
    }


def _add_person(stand_in: StandIn, body: Body) -> Body:
    person = stand_in.world.add_person(body["first_name"], body.get("last_name", ""), body.get("id"))
    person.hidden_profile = bool(body.get("hidden_profile", False))
    return {"person": person.id}


def _block(stand_in: StandIn, body: Body) -> Body:
    person = stand_in.play.person(body)
    person.blocks_page = bool(body.get("blocked", True))
    return {"person": person.id, "blocked": person.blocks_page}


def _add_page(stand_in: StandIn, body: Body) -> Body:
    page = stand_in.world.add_page(str(body["id"]), str(body["name"]), str(body["token"]))
    return {"page": page.id}


def _set_page(stand_in: StandIn, body: Body) -> Body:
    """`token_state` ok, 458, 460 or 463; `scopes`; `subscribed` (a list, or null); `human_agent`."""
    page = stand_in.play.page(body)
    for key in ("token_state", "scopes", "subscribed", "human_agent", "tasks"):
        if key in body:
            setattr(page, key, body[key])
    return dict(msgspec.to_builtins(page))


def _policy(stand_in: StandIn, body: Body) -> Body:
    page = stand_in.play.page(body)
    page.policy = body.get("action", "block")
    stand_in.events.policy(page.id, str(page.policy), str(body.get("reason", "A policy was violated.")))
    return {"page": page.id, "policy": page.policy}


async def _webhook(stand_in: StandIn, body: Body) -> Body:
    """Sets the callback without the app's dashboard; with `verify_token` the address is asked first. All
    fields of the page are subscribed unless `fields` names some."""
    url = str(body["url"])
    if not is_loopback(url):
        raise ValueError("only loopback addresses are called")
    token = body.get("verify_token")
    if token is not None and not await stand_in.notifier.handshake(url, str(token)):
        raise ValueError("the address did not give the challenge back")
    app = stand_in.world.app
    app.callback_url, app.verify_token = url, str(token or "")
    app.secret = str(body.get("app_secret", app.secret))
    app.id = str(body.get("app_id", app.id))
    for page in stand_in.world.pages.values():
        page.subscribed = list(body.get("fields", _EVERY_FIELD))
    return {"url": url, "app_id": app.id}


def _limits(stand_in: StandIn, body: Body) -> Body:
    """`{"app": {"calls": 200, "seconds": 3600}}`; also page, messenger, send_rate, private_replies."""
    for name, values in body.items():
        budget = getattr(stand_in.limits, name)
        budget.calls = values.get("calls")
        budget.seconds = float(values.get("seconds", budget.seconds))
        budget.used.clear()
    return {"set": sorted(body)}


def _clock(stand_in: StandIn, body: Body) -> Body:
    stand_in.world.shift += timedelta(seconds=float(body.get("advance", 0)))
    return {"now": stand_in.world.now().isoformat()}


def _timing(stand_in: StandIn, body: Body) -> Body:
    settings = stand_in.notifier.settings
    for key in ("time_scale", "batch_seconds"):
        if key in body:
            setattr(settings, key, float(body[key]))
    settings.batch_items = int(body.get("batch_items", settings.batch_items))
    return dict(msgspec.to_builtins(settings))


def _add_fault(stand_in: StandIn, body: Body) -> Body:
    stand_in.faults.add(msgspec.convert(body, Fault))
    return {"faults": msgspec.to_builtins(stand_in.faults.rules)}


def _clear_faults(stand_in: StandIn, _: Body) -> Body:
    stand_in.faults.rules.clear()
    return {"faults": []}


def _inject(stand_in: StandIn, body: Body) -> Body:
    """`body` is an object (escaped as Meta does) or `raw` a text; `sign` is true (ours), false (none) or
    another secret."""
    raw = str(body["raw"]).encode() if "raw" in body else wire.encode(body["body"])
    sign = body.get("sign", True)
    secret = stand_in.world.app.secret if sign is True else sign
    stand_in.notifier.inject(raw, wire.signature(raw, str(secret)) if sign else None)
    return {"bytes": len(raw)}


def _deliveries(stand_in: StandIn, _: Body) -> Body:
    return {"deliveries": [_delivery(delivery) for delivery in stand_in.notifier.deliveries]}


def _delivery(delivery: Delivery) -> Body:
    try:
        body = json.loads(delivery.body)
    except ValueError:
        body = delivery.body.decode(errors="replace")
    return {"statuses": delivery.statuses, "done": delivery.done, "body": body}


async def _idle(stand_in: StandIn, body: Body) -> Body:
    return {"idle": await stand_in.notifier.idle(float(body.get("seconds", 10)))}


def _forget_reviews(stand_in: StandIn, body: Body) -> Body:
    stand_in.world.reviews_gone = bool(body.get("gone", True))
    return {"gone": stand_in.world.reviews_gone}


async def _reset(stand_in: StandIn, _: Body) -> Body:
    await stand_in.reset()
    return _state(stand_in, {})


_EVERY_FIELD = [
    "messages", "message_echoes", "message_edits", "message_reads", "message_deliveries", "message_reactions",
    "messaging_postbacks", "messaging_referrals", "messaging_optins", "messaging_handovers", "standby",
    "messaging_policy_enforcement", "feed", "mention", "ratings",
]  # fmt: skip

_CALLS: dict[tuple[str, str], Handler] = {
    ("POST", "reset"): _reset,
    ("GET", "state"): _state,
    ("GET", "seen"): lambda stand_in, _: stand_in.play.seen(),
    ("GET", "calls"): lambda stand_in, _: {"calls": stand_in.calls},
    ("GET", "deliveries"): _deliveries,
    ("POST", "idle"): _idle,
    ("POST", "webhook"): _webhook,
    ("POST", "people"): _add_person,
    ("POST", "block"): _block,
    ("POST", "pages"): _add_page,
    ("POST", "page"): _set_page,
    ("POST", "policy"): _policy,
    ("POST", "dm"): lambda stand_in, body: stand_in.play.write(body),
    ("POST", "echo"): lambda stand_in, body: stand_in.play.write_as_page(body),
    ("POST", "read"): lambda stand_in, body: stand_in.play.read(body),
    ("POST", "postback"): lambda stand_in, body: stand_in.play.postback(body),
    ("POST", "handover"): lambda stand_in, body: stand_in.play.hand_over(body),
    ("POST", "posts"): lambda stand_in, body: stand_in.play.post(body),
    ("POST", "comments"): lambda stand_in, body: stand_in.play.comment(body),
    ("POST", "mentions"): lambda stand_in, body: stand_in.play.mention(body),
    ("POST", "reviews"): lambda stand_in, body: stand_in.play.review(body),
    ("POST", "reviews_gone"): _forget_reviews,
    ("POST", "limits"): _limits,
    ("POST", "clock"): _clock,
    ("POST", "timing"): _timing,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "release"): lambda stand_in, _: {"released": stand_in.notifier.release()},
    ("POST", "inject"): _inject,
}
