"""Commands on a data folder: while Hark runs on it and while it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hark.bootstrap.accounts import fields_of
from hark.bootstrap.standins import (
    FAULTS,
    PORTS,
    WEBHOOK_FAULTS,
    Fault,
    Request,
    create_standin,
    fault_request,
)
from hark.infra.postgres import EmbeddedPostgres
from hark.standins.kit import Controlled
from tests.support.running import RunningHark, call


@pytest.fixture(scope="module")
def hark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHark]:
    running = RunningHark(tmp_path_factory.mktemp("commands") / "data").wait_ready()
    yield running
    running.stop()
    EmbeddedPostgres(running.data / "postgres").stop()


def asked(hark: RunningHark, *words: str) -> Any:
    done = call(*words, "--data", str(hark.data), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_users_are_made_and_reset_by_links_to_the_running_hark(hark: RunningHark) -> None:
    made = asked(hark, "user", "create", "anna@example.com", "--role", "supervisor")
    assert made["link"].startswith(f"http://localhost:{hark.port}/welcome?token=")
    reset = asked(hark, "user", "reset", "anna@example.com")
    token = reset["link"].split("token=")[1]
    shown = hark.get(f"/api/v1/session/token?token={token}")
    assert shown.json()["email"] == "anna@example.com"
    missing = call("user", "reset", "nobody@example.com", "--data", str(hark.data))
    assert missing.returncode == 1
    assert missing.stderr == "hark: There is no user with the e-mail address nobody@example.com.\n"


def test_the_doctor_and_the_accounts_are_well_while_hark_runs(hark: RunningHark) -> None:
    deadline = time.monotonic() + 10
    while "sandbox    connected" not in hark.said:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    done = call("doctor", "--data", str(hark.data), "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    bad = {name: check["detail"] for name, check in checks.items() if not check["ok"]}
    assert set(bad) <= {"page"}, bad
    assert {"settings", "disk", "database", "clock", "key", "files", "backlog"} <= set(checks)
    assert done.returncode == (1 if bad else 0)
    (account,) = asked(hark, "account", "list")
    assert account["platform"] == "sandbox"
    (checked,) = asked(hark, "account", "check", account["id"])
    assert checked["ok"]


def test_the_doctor_names_a_key_that_does_not_fit(hark: RunningHark) -> None:
    key = call("secrets", "new-key").stdout.strip()
    done = call("doctor", "--data", str(hark.data), "--json", HARK_SECRET_KEY=key)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert not checks["key"]["ok"]
    assert "restore secret.key" in checks["key"]["detail"]


def test_a_backup_of_a_running_hark_comes_back_in_another_folder(hark: RunningHark, tmp_path: Path) -> None:
    archive, data = tmp_path / "hark.tar", tmp_path / "restored"
    saved = call("backup", str(archive), "--data", str(hark.data))
    assert saved.returncode == 0, saved.stderr
    assert archive.stat().st_mode & 0o077 == 0
    brought = call("restore", str(archive), "--data", str(data))
    assert brought.returncode == 0, brought.stderr
    before = call("export", "--data", str(hark.data)).stdout.splitlines()
    after = call("export", "--data", str(data)).stdout.splitlines()
    assert sorted(after) == sorted(before)
    assert len(after) > 3
    rotated = call("secrets", "rotate", "--data", str(data), "--json")
    assert json.loads(rotated.stdout) == {"accounts": 1}  # the key came along and opens what is sealed
    twice = call("restore", str(archive), "--data", str(data))
    assert twice.returncode == 1
    assert "has data already" in twice.stderr
    EmbeddedPostgres(data / "postgres").stop()


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no archive")
    done = call("restore", str(tmp_path / "x.tar"), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "This is no backup made by `hark backup`." in done.stderr


@pytest.mark.parametrize("platform", PORTS)
async def test_each_fault_is_known_to_the_stand_in_it_is_sent_to(platform: str) -> None:
    standin = create_standin(platform)
    requests = [fault_request(Fault(kind)) for kind in (*FAULTS, *WEBHOOK_FAULTS)]
    requests.append(Request("DELETE", "/_control/faults"))
    transport = httpx.ASGITransport(Controlled(standin))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answers = [await client.request(each.method, each.path, json=each.body) for each in requests]
    assert [answer.text for answer in answers if answer.is_error] == []
    assert standin.faults.rules == []
    await standin.aclose()


@pytest.mark.parametrize("platform", PORTS)
async def test_what_a_stand_in_prints_is_what_connecting_asks_for(platform: str) -> None:
    standin = create_standin(platform)
    values = standin.values("http://127.0.0.1")
    fields = {field.key: field for field in fields_of(platform)}
    assert set(values) <= set(fields)
    assert {key for key, field in fields.items() if field.required and not field.default} <= set(values)
    await standin.aclose()
