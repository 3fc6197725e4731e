"""What leaves: a pure plan of the one call, then the call."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from hark.adapters.sandbox.client import call, decoded
from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.normalize import moment
from hark.adapters.sandbox.payloads import Accepted, Found
from hark.channels.contract import Ability, Account, Action, Outbound, Rejected, Sent, Source
from hark.infra.http import GuardedHttp
from hark.kernel.text import graphemes


def plan(outbound: Outbound) -> dict[str, Any]:
    """The body of `POST /v1/messages`: only what is set."""
    source = Source.DM if outbound.private_to else outbound.source
    fields = {
        "source": source.value,
        "thread": None if outbound.private_to else outbound.thread_key,
        "to": outbound.recipient if source is Source.DM and not outbound.private_to else None,
        "text": outbound.text if outbound.template is None else None,
        "template": _template(outbound),
        "alts": [attachment.alt for attachment in outbound.attachments] if _is_described(outbound) else None,
        "quoted": outbound.quoted if source is Source.DM else None,
        "in_reply_to": None
        if source is Source.DM
        else outbound.quoted or outbound.reply_to.get("in_reply_to"),
        "private_to": outbound.private_to,
        "reference": str(outbound.reference),
        "by_human": outbound.by_human,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _template(outbound: Outbound) -> dict[str, Any] | None:
    chosen = outbound.template
    if chosen is None:
        return None
    return {"name": chosen.name, "language": chosen.language, "values": list(chosen.values)}


def _is_described(outbound: Outbound) -> bool:
    return any(attachment.alt for attachment in outbound.attachments)


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    _refuse_too_long(outbound)
    body = plan(outbound)
    if not outbound.attachments:
        answer = await call(account, http, "POST", "/messages", json=body)
    else:
        files = {
            f"media{number}": (attachment.name, attachment.content, attachment.mime_type)
            for number, attachment in enumerate(outbound.attachments)
        }
        form = {"message": msgspec.json.encode(body).decode()}
        answer = await call(account, http, "POST", "/messages", form=form, files=files)
    return _sent(decoded(answer, Accepted), outbound)


def _refuse_too_long(outbound: Outbound) -> None:
    """The composer and the flow have refused it already; this is the last door before the network."""
    source = Source.DM if outbound.private_to else outbound.source
    limit = MANIFEST.sources[source].text
    over = len(graphemes(outbound.text)) - limit.maximum
    if over > 0:
        raise Rejected("text_too_long", f"The text is {over} characters over the limit of {limit.maximum}.")


def _sent(accepted: Accepted, outbound: Outbound) -> Sent:
    moved = bool(outbound.private_to)
    return Sent(
        platform_message_id=accepted.id,
        at=moment(accepted.at, outbound.at),
        thread_key=accepted.thread if moved else None,
        thread_source=Source.DM if moved else None,
    )


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | None:
    """The item that the network accepted under our reference, if any."""
    answer = await call(account, http, "GET", "/messages", query={"reference": str(outbound.reference)})
    found = decoded(answer, Found).items
    return _sent(found[0], outbound) if found else None


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    call_of = _ACTIONS.get(action.ability)
    if call_of is None:
        raise Rejected("ability_missing", f"The network has no “{action.ability}”.")
    method, path, body = call_of(action)
    await call(account, http, method, path, json=body)


def _on_target(method: str, suffix: str = "", body: dict[str, Any] | None = None) -> Any:
    def plan_action(action: Action) -> tuple[str, str, dict[str, Any] | None]:
        return method, f"/messages/{_named(action.target)}{suffix}", body

    return plan_action


def _edit(action: Action) -> tuple[str, str, dict[str, Any] | None]:
    return "PATCH", f"/messages/{_named(action.target)}", {"text": action.text or ""}


def _react(action: Action) -> tuple[str, str, dict[str, Any] | None]:
    emoji = [action.text] if action.text else []
    return "PUT", f"/messages/{_named(action.target)}/reaction", {"emoji": emoji}


def _in_thread(what: str) -> Any:
    def plan_action(action: Action) -> tuple[str, str, dict[str, Any] | None]:
        return "POST", f"/threads/{_named(action.thread_key)}/{what}", {}

    return plan_action


def _ban(banned: bool) -> Any:
    def plan_action(action: Action) -> tuple[str, str, dict[str, Any] | None]:
        return "PUT", f"/people/{_named(action.author)}/ban", {"banned": banned}

    return plan_action


def _named(value: str | None) -> str:
    if not value:
        raise Rejected("target_missing", "It is not known which message is meant.")
    return quote(value, safe="")


_ACTIONS: dict[Ability, Any] = {
    Ability.TYPING: _in_thread("typing"),
    Ability.MARK_READ: _in_thread("read"),
    Ability.HIDE: _on_target("PATCH", body={"hidden": True}),
    Ability.UNHIDE: _on_target("PATCH", body={"hidden": False}),
    Ability.LIKE: _on_target("PUT", "/like", {"liked": True}),
    Ability.UNLIKE: _on_target("PUT", "/like", {"liked": False}),
    Ability.DELETE: _on_target("DELETE"),
    Ability.EDIT: _edit,
    Ability.REACT: _react,
    Ability.BAN: _ban(True),
    Ability.UNBAN: _ban(False),
}
