"""The Cloud API as one ASGI application."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, FaultGate, Faults
from hark.standins.kit.asked import Asked, Told, door
from hark.standins.whatsapp.errors import GraphProblem, body_of, code_of
from hark.standins.whatsapp.limits import Limits
from hark.standins.whatsapp.messages import Messages
from hark.standins.whatsapp.notices import Notices
from hark.standins.whatsapp.world import FILE_LIFE, SIZES, File, World

_VERSION = re.compile(r"^/v\d+\.\d+/")


class WhatsAppStandIn:
    """One business account with one number. People write by `say`, or by `notices`."""

    def __init__(self, clock: Clock = utc_now, seed: int = 1) -> None:
        self.world = World(clock)
        self.faults, self.calls = Faults(seed), Calls()
        self.notices = Notices(self.world, self.faults)
        self.messages = Messages(self.world, Limits(clock), self.notices)
        self._address = ""
        self._app = FaultGate(
            door(self._handle),
            self.faults,
            self.calls,
            lambda fault: msgspec.json.encode(body_of(code_of(fault))),
            clock=clock,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        world = self.world
        return {
            "base_url": address,
            "access_token": world.token,
            "app_id": world.app_id,
            "app_secret": world.app_secret,
            "waba_id": world.waba_id,
            "phone_number_id": world.number_id,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        return self.notices.message(self.world.person(person), {"type": "text", "text": {"body": text}})

    def accepted(self) -> list[Accepted]:
        return [Accepted(letter.id, letter.text, letter.to) for letter in self.world.letters]

    def release(self) -> int:
        return self.notices.notifier.release()

    async def aclose(self) -> None:
        await self.notices.notifier.aclose()

    def add_file(self, content: bytes, kind: str) -> str:
        """A file that a person sends; its id."""
        file_id = self.world.file_id()
        self.world.files[file_id] = File(file_id, kind, content, hashlib.sha256(content).hexdigest())
        return file_id

    async def _handle(self, asked: Asked) -> Told:
        self._address = f"http://{asked.headers.get('host', '')}"
        path = _VERSION.sub("", asked.path).strip("/")
        try:
            if asked.path.startswith("/files/"):
                return self._download(asked)
            if path in {"debug_token", "oauth/access_token"}:
                return self._tokens(path, asked)
            if path == f"{self.world.app_id}/subscriptions":
                return await self._app_subscription(asked)
            self._check_token(asked)
            return await self._route(path, asked)
        except GraphProblem as problem:
            return problem.told()

    def _check_token(self, asked: Asked) -> None:
        if asked.bearer != self.world.token or not self.world.token_valid:
            raise GraphProblem(190, status=401, subcode=463)
        key, token = self.world.app_secret.encode(), self.world.token.encode()
        proof = hmac.new(key, token, hashlib.sha256).hexdigest()
        if asked.query.get("appsecret_proof", proof) != proof:
            raise GraphProblem(100, "Invalid appsecret_proof provided in the API argument")

    async def _route(self, path: str, asked: Asked) -> Told:
        world, method = self.world, asked.method
        thing, _, rest = path.partition("/")
        if thing == world.number_id and method == "POST" and rest == "messages":
            return self.messages.post(asked.json())
        if thing == world.number_id and method == "POST" and rest == "media":
            return self._upload(asked)
        if thing == world.number_id and rest == "block_users":
            return self._block(method, asked.json())
        if thing == world.number_id and not rest:
            return Told(self._number())
        if thing == world.waba_id and rest == "phone_numbers":
            return Told({"data": [self._number()]})
        if thing == world.waba_id and rest == "message_templates":
            return Told(self._templates(asked.query))
        if thing == world.waba_id and rest == "subscribed_apps":
            return await self._subscription(method, asked.json())
        if thing in world.files and method == "GET" and not rest:
            return Told(self._locate(world.files[thing]))
        raise GraphProblem(100, f"Object with ID '{thing}' does not exist", subcode=33)

    def _number(self) -> dict[str, Any]:
        return {
            "id": self.world.number_id,
            "display_phone_number": "+1 555-078-3881",
            "verified_name": "Aurora Bikes",
            "quality_rating": self.world.quality,
            "status": "CONNECTED",
            "messaging_limit_tier": "TIER_2K",
        }

    def _templates(self, query: dict[str, str]) -> dict[str, Any]:
        """One a page, so that whoever reads only the first page misses some."""
        wanted = query.get("status")
        rows = [one for one in self.world.templates if wanted in (None, one.status)]
        at = int(query.get("after") or 0)
        data = [
            {
                "name": one.name,
                "language": one.language,
                "status": one.status,
                "category": "UTILITY",
                "components": [{"type": "BODY", "text": one.body}],
            }
            for one in rows[at : at + 1]
        ]
        more = at + 1 < len(rows)
        paging: dict[str, Any] = {"cursors": {"after": str(at + 1)}}
        return {"data": data, "paging": {**paging, "next": "https://next"} if more else paging}

    async def _subscription(self, method: str, body: dict[str, Any]) -> Told:
        world = self.world
        if method == "GET":
            app = {"id": world.app_id, "name": "Support Desk"}
            row = {"whatsapp_business_api_data": app}
            if world.callback:
                row["override_callback_uri"] = world.callback  # type: ignore[assignment]
            return Told({"data": [row] if world.subscribed else []})
        if method == "DELETE":
            world.subscribed = False
            return Told({"success": True})
        url = body.get("override_callback_uri")
        if url:
            await self._challenge(str(url), str(body.get("verify_token") or ""))
            world.callback = str(url)
        world.subscribed = True
        return Told({"success": True})

    async def _app_subscription(self, asked: Asked) -> Told:
        """The app's own address and fields; only the app itself may see and set them."""
        world = self.world
        if asked.bearer != f"{world.app_id}|{world.app_secret}":
            raise GraphProblem(190, status=401)
        if asked.method == "GET":
            fields = [{"name": name, "version": "v26.0"} for name in world.app_fields]
            row = {
                "object": "whatsapp_business_account",
                "callback_url": world.app_callback,
                "fields": fields,
            }
            return Told({"data": [row] if world.app_callback else []})
        form = asked.form()
        await self._challenge(form.get("callback_url", ""), form.get("verify_token", ""))
        world.app_callback, world.app_fields = form["callback_url"], form.get("fields", "").split(",")
        return Told({"success": True})

    async def _challenge(self, url: str, token: str) -> None:
        """Asks the address whether it is theirs before anything is sent there."""
        text = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.challenge": text, "hub.verify_token": token}
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            try:
                answer = await client.get(f"{url}?{urlencode(query)}")
            except httpx.TransportError as error:
                raise GraphProblem(2200, "Callback verification failed") from error
        if answer.status_code != 200 or answer.text != text:
            raise GraphProblem(2200, "Callback verification failed")

    def _upload(self, asked: Asked) -> Told:
        fields, files = asked.parts()
        if fields.get("messaging_product") != "whatsapp" or "file" not in files:
            raise GraphProblem(100, "messaging_product and file are required")
        _, kind, content = files["file"]
        family = kind.split("/")[0] if kind.split("/")[0] in SIZES else "document"
        if len(content) > SIZES[family]:
            raise GraphProblem(131053, "the file is too large")
        return Told({"id": self.add_file(content, kind.split(";")[0])})

    def _locate(self, file: File) -> dict[str, Any]:
        file.located_at = self.world.clock()
        return {
            "messaging_product": "whatsapp",
            "url": f"{self._address}/files/{file.id}",
            "mime_type": file.kind,
            "sha256": file.sha256,
            "file_size": str(len(file.content)),
            "id": file.id,
        }

    def _download(self, asked: Asked) -> Told:
        """The address works for five minutes, and only with the token."""
        file = self.world.files.get(asked.path.removeprefix("/files/"))
        if asked.bearer != self.world.token:
            return Told({"error": "unauthorized"}, 401)
        if file is None or file.located_at is None or self.world.clock() - file.located_at > FILE_LIFE:
            return Told({"error": "gone"}, 404)
        return Told(file.content, headers={"content-type": file.kind})

    def _block(self, method: str, body: dict[str, Any]) -> Told:
        done, failed = [], []
        for row in body.get("block_users") or ():
            key = str(row.get("user") or row.get("user_id"))
            person = self.world.find(key.lstrip("+"))
            if person is None or (method == "POST" and not self.world.window_open(person)):
                failed.append(
                    {"input": key, "errors": [{"code": 139103, "message": "not in the last 24 hours"}]}
                )
                continue
            person.blocked = method == "POST"
            done.append({"input": key, "wa_id": person.number})
        outcome: dict[str, Any] = {"added_users" if method == "POST" else "removed_users": done}
        if failed:
            outcome["failed_users"] = failed
        return Told({"messaging_product": "whatsapp", "block_users": outcome})

    def _tokens(self, path: str, asked: Asked) -> Told:
        world = self.world
        if path == "oauth/access_token":
            if asked.query.get("client_secret") != world.app_secret:
                raise GraphProblem(1, "Error validating client secret.")
            return Told({"access_token": world.token, "token_type": "bearer"})
        if asked.bearer != f"{world.app_id}|{world.app_secret}":
            raise GraphProblem(190, status=401)
        valid = asked.query.get("input_token") == world.token and world.token_valid
        data = {
            "app_id": world.app_id,
            "is_valid": valid,
            "expires_at": 0,
            "scopes": world.scopes,
            "granular_scopes": [{"scope": scope, "target_ids": [world.waba_id]} for scope in world.scopes],
        }
        return Told({"data": data})
