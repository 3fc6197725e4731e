"""Sending: what the Cloud API checks, takes, and reports afterwards."""

from __future__ import annotations

import re
from typing import Any

from hark.standins.kit.asked import Told
from hark.standins.whatsapp.errors import GraphProblem
from hark.standins.whatsapp.limits import Limits
from hark.standins.whatsapp.notices import Notices
from hark.standins.whatsapp.world import TYPES, Letter, Person, World

_MEDIA = ("image", "video", "audio", "document", "sticker")
_BLANK = re.compile(r"\{\{\w+\}\}")


class Messages:
    """POST /{number}/messages."""

    def __init__(self, world: World, limits: Limits, notices: Notices) -> None:
        self._world, self._limits, self._notices = world, limits, notices

    def post(self, body: dict[str, Any]) -> Told:
        if body.get("messaging_product") != "whatsapp":
            raise GraphProblem(100, "The parameter messaging_product is required.")
        if "status" in body:
            return self._mark(body)
        person = self._recipient(body)
        kind = str(body.get("type") or "text")
        text = self._content(kind, body)
        self._limits.check(person.number)
        letter = Letter(
            self._world.wamid(ours=True),
            person.number,
            kind,
            text,
            self._world.clock(),
            body.get("biz_opaque_callback_data"),
            body,
        )
        self._world.letters.append(letter)
        self._report(letter, person)
        contact = {"input": body.get("to") or body.get("recipient"), "user_id": person.user_id}
        if not person.hidden:
            contact["wa_id"] = person.number
        return Told({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": letter.id}]})

    def _mark(self, body: dict[str, Any]) -> Told:
        if body["status"] != "read" or not body.get("message_id"):
            raise GraphProblem(131009, "status must be read, with a message_id")
        self._world.marks.append(body)
        return Told({"success": True})

    def _recipient(self, body: dict[str, Any]) -> Person:
        key = body.get("to") or body.get("recipient")
        person = self._world.find(str(key).lstrip("+")) if key else None
        if person is None:
            raise GraphProblem(131026, "the recipient is not known")
        return person

    def _content(self, kind: str, body: dict[str, Any]) -> str:
        given = body.get(kind)
        if not isinstance(given, dict):
            raise GraphProblem(131009, f"the object {kind} is missing")
        if kind == "text":
            text = str(given.get("body") or "")
            if not 1 <= len(text) <= 4096:
                raise GraphProblem(131009, "Invalid body length. Min length: 1, Max length: 4096")
            return text
        if kind == "template":
            return self._template(given)
        if kind in _MEDIA:
            return self._file(kind, given)
        if kind == "reaction":
            return str(given.get("emoji") or "")
        raise GraphProblem(131009, f"type {kind} is not known")

    def _template(self, given: dict[str, Any]) -> str:
        name, language = given.get("name"), (given.get("language") or {}).get("code")
        found = [one for one in self._world.templates if (one.name, one.language) == (name, language)]
        if not found or found[0].status != "APPROVED":
            details = f"template name ({name}) does not exist in {language}"
            raise GraphProblem(132001, details, status=404)
        values = [
            str(parameter.get("text"))
            for component in given.get("components") or ()
            if component.get("type") == "body"
            for parameter in component.get("parameters") or ()
        ]
        if len(values) != found[0].blanks:
            details = f"number of localizable_params ({len(values)}) does not match ({found[0].blanks})"
            raise GraphProblem(132000, details)
        rest = iter(values)
        return _BLANK.sub(lambda _: next(rest), found[0].body)

    def _file(self, kind: str, given: dict[str, Any]) -> str:
        caption = str(given.get("caption") or "")
        file = self._world.files.get(str(given.get("id")))
        if file is None:
            raise GraphProblem(131009, "the media id is not known")
        if kind in TYPES and file.kind not in TYPES[kind]:
            raise GraphProblem(131053, f"Unsupported {kind} mime type {file.kind}.")
        if len(caption) > 1024 or (caption and kind == "audio"):
            raise GraphProblem(131009, "Invalid caption length. Max length: 1024; none for audio")
        return caption

    def _report(self, letter: Letter, person: Person) -> None:
        """The outcome comes later: sent and delivered, or failed although it had been accepted."""
        if letter.kind not in {"template", "reaction"} and not self._world.window_open(person):
            self._notices.failed(letter, person, 131047, "more than 24 hours have passed")
        elif person.blocked_us:
            self._notices.failed(letter, person, 131026, "Message Undeliverable.")
        else:
            self._notices.status(letter, person, "sent")
            self._notices.status(letter, person, "delivered")
