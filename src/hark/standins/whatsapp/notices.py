"""Notifications in Meta's form: escaped as Meta escapes them, signed with the app's secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from hark.standins.kit import Notifier
from hark.standins.kit.faults import Faults
from hark.standins.whatsapp.errors import title_of
from hark.standins.whatsapp.world import Letter, Person, World


class Notices:
    """What goes to the registered address, once there is one."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self.notifier = Notifier(faults, self._sign)

    def _sign(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(self._world.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}"}

    def message(self, person: Person, content: dict[str, Any], *, message_id: str | None = None) -> str:
        """Somebody did something in the chat; the id of the message."""
        now = self._world.clock()
        person.wrote_at = now
        named = message_id or self._world.wamid(ours=False)
        sender = {"from_user_id": person.user_id, **({} if person.hidden else {"from": person.number})}
        message = {**sender, "id": named, "timestamp": str(int(now.timestamp())), **content}
        self.change("messages", {**self._value(person), "messages": [message]})
        return named

    def status(self, letter: Letter, person: Person, status: str, **more: Any) -> None:
        who = {
            "recipient_user_id": person.user_id,
            **({} if person.hidden else {"recipient_id": person.number}),
        }
        told = {
            "id": letter.id,
            "status": status,
            "timestamp": str(int(self._world.clock().timestamp())),
            **who,
            **({"biz_opaque_callback_data": letter.reference} if letter.reference else {}),
            **more,
        }
        value = self._value(person)
        if status == "failed":
            value.pop("contacts")
        self.change("messages", {**value, "statuses": [told]})

    def failed(self, letter: Letter, person: Person, code: int, details: str) -> None:
        title = title_of(code)
        error = {"code": code, "title": title, "message": title, "error_data": {"details": details}}
        self.status(letter, person, "failed", errors=[error])

    def echo(self, person: Person, content: dict[str, Any]) -> str:
        """Something typed in the Business app."""
        named = self._world.wamid(ours=True)
        now = str(int(self._world.clock().timestamp()))
        echo = {
            "from": self._world.number,
            "to": person.number,
            "to_user_id": person.user_id,
            "id": named,
            "timestamp": now,
            **content,
        }
        self.change("smb_message_echoes", {**self._value(person), "message_echoes": [echo]})
        return named

    def change(self, field: str, value: dict[str, Any]) -> None:
        entry: dict[str, Any] = {"id": self._world.waba_id, "changes": [{"field": field, "value": value}]}
        if field not in {"messages", "smb_message_echoes", "history"}:
            entry["time"] = int(self._world.clock().timestamp())
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":"))
        if self._world.subscribed and self._world.callback:
            self.notifier.push(self._world.callback, body.replace("/", "\\/").encode())

    def _value(self, person: Person) -> dict[str, Any]:
        profile = {"name": person.name, **({"username": person.username} if person.username else {})}
        contact = {
            "profile": profile,
            "user_id": person.user_id,
            **({} if person.hidden else {"wa_id": person.number}),
        }
        return {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self._world.number,
                "phone_number_id": self._world.number_id,
            },
            "contacts": [contact],
        }
