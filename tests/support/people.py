"""People who use the API: a workspace with one of each role, and clients that are signed in as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import msgspec

from hark.api.app import Door, create_app
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from hark.intake import NewRaw
from hark.intake import repository as intake
from hark.workspaces import repository
from hark.workspaces.founding import found_member, found_workspace
from hark.workspaces.models import Role
from hark.workspaces.passwords import hash_password
from hark.workspaces.sessions import Lifetime, begin_session
from tests.support.program import Connected, connect, receive
from tests.support.sandbox_events import BASE, body, dm

ADDRESS = "http://localhost:8000"
PASSWORD = "correct horse battery"


class Person(msgspec.Struct):
    """Somebody signed in. `call` sends a request with cookie and CSRF token as their browser would."""

    user_id: UUID
    email: str
    role: Role
    token: str
    csrf: str
    http: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        sent = {"x-csrf-token": self.csrf, "cookie": f"hark_session={self.token}", **(headers or {})}
        given = {key: value for key, value in query.items() if value is not None}
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=sent, params=given)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Office(msgspec.Struct):
    """A workspace at work: `people` by role, one sandbox account, and the application."""

    hark: Hark
    app: Any
    door: Door
    http: httpx.AsyncClient
    account: Connected
    people: dict[str, Person]
    heard: int = 0

    @property
    def workspace_id(self) -> UUID:
        return self.account.workspace_id

    def __getattr__(self, name: str) -> Person:
        if name in {"administrator", "supervisor", "agent"}:
            return self.people[name]
        raise AttributeError(name)

    async def hear(self, text: str = "Hello?", *, by: str = "mara", **changes: Any) -> UUID:
        """A customer writes a direct message; gives the conversation."""
        self.heard += 1
        at = int(self.hark.clock().timestamp() * 1000) - BASE + self.heard
        await self.post(dm(self.heard, text, by=by, at=at, **changes))
        async with self.hark.db.connection() as connection:
            found: UUID = await connection.fetchval(
                "SELECT id FROM conversation WHERE account_id = $1 AND thread_key = $2 ORDER BY live DESC",
                self.account.account_id,
                f"p-{by}",
            )
        return found

    async def post(self, *events: dict[str, Any]) -> None:
        await receive(self.hark, self.account, body(*events, account=self.account.platform_account_id))
        while (await ingest_pending(self.hark)).claimed:
            pass

    async def break_one(self) -> None:
        """Something comes in that nobody understands."""
        self.heard += 1
        row = NewRaw(
            workspace_id=self.account.workspace_id,
            account_id=self.account.account_id,
            dedup_key=f"broken-{self.heard}",
            payload=b'{"kind": "never heard of"}',
            received_at=self.hark.clock(),
        )
        async with self.hark.db.transaction() as connection:
            await intake.insert(connection, [row])
        while (await ingest_pending(self.hark)).claimed:
            pass

    async def close(self) -> None:
        await self.door.stop()
        await self.http.aclose()


async def open_office(hark: Hark, name: str = "Lantern Bikes", tag: str = "") -> Office:
    async with hark.db.transaction() as connection:
        workspace = await found_workspace(connection, name, hark.clock())
    account = await connect(hark, platform_account_id=f"shop{tag}", workspace_id=workspace.id)
    app = create_app(hark)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS)  # type: ignore[arg-type]
    door: Door = app.app  # type: ignore[attr-defined]
    await door.start()
    roles: list[Role] = ["administrator", "supervisor", "agent"]
    people = {role: await employ(hark, http, workspace.id, role, tag) for role in roles}
    return Office(hark, app, door, http, account, people)


async def employ(
    hark: Hark, http: httpx.AsyncClient, workspace_id: UUID, role: Role, tag: str = ""
) -> Person:
    email, now = f"{role}{tag}@lantern.example", hark.clock()
    async with hark.db.transaction() as connection:
        user_id, _ = await found_member(connection, workspace_id, email, role.title(), role, now)
        session = await begin_session(connection, user_id, now, Lifetime())
    return Person(user_id, email, role, session.token, session.csrf_token, http)


async def give_password(hark: Hark, person: Person, password: str = PASSWORD) -> None:
    hashed = await hash_password(password)
    async with hark.db.transaction() as connection:
        await repository.SET_PASSWORD.run(connection, person.user_id, hashed)
