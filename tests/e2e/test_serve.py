"""`hark serve` as a process: the first start, what stands in its way, kills, stops, and several on one
database.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import pytest

from hark.infra.postgres import EmbeddedPostgres
from tests.support.running import RunningHark, call, free_port

Start = Callable[..., RunningHark]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes that are stopped after the test."""
    running: list[RunningHark] = []

    def begin(data: Path, *words: str, **options: str) -> RunningHark:
        running.append(RunningHark(data, *words, **options))  # type: ignore[arg-type]
        return running[-1]

    yield begin
    for hark in running:
        if hark.process.poll() is None:
            hark.stop()
    for hark in running:
        EmbeddedPostgres(hark.data / "postgres").stop()


def first_link(said: str) -> str:
    found = re.search(r"sign in +(\S+)", said)
    assert found, said
    return found[1]


def postgres_of(data: Path) -> int | None:
    return EmbeddedPostgres(data / "postgres").pid()


def test_the_first_start_gives_a_link_that_works_and_the_sandbox_and_stops_cleanly(
    start: Start, tmp_path: Path
) -> None:
    hark = start(tmp_path / "data").wait_ready()
    assert hark.get("/healthz").status_code == 200
    assert hark.get("/readyz").status_code == 200
    token = parse_qs(urlsplit(first_link(hark.said)).query)["token"][0]
    with httpx.Client(base_url=hark.url, trust_env=False) as client:
        session = client.post(
            "/api/v1/session/token", json={"token": token, "password": "correct horse battery"}
        )
        assert session.status_code < 300, session.text
        accounts = client.get("/api/v1/accounts").json()["items"]
    assert [account["platform"] for account in accounts] == ["sandbox"]
    assert "sandbox    connected" in hark.said
    assert hark.get("/sandbox/").status_code == 200
    assert postgres_of(tmp_path / "data") is not None
    assert hark.stop(signal.SIGINT) == 0
    assert hark.said.splitlines()[-2:] == ["  stopping", "  stopped"]
    assert postgres_of(tmp_path / "data") is None
    again = start(tmp_path / "data").wait_ready()
    assert "sign in" not in again.said
    assert "sandbox    connected" not in again.said


def test_until_somebody_has_signed_in_each_start_gives_a_new_link(start: Start, tmp_path: Path) -> None:
    hark = start(tmp_path / "data").wait_ready()
    first = first_link(hark.said)
    hark.stop()
    again = start(tmp_path / "data").wait_ready()
    assert first_link(again.said) != first


def test_a_second_start_on_one_folder_and_an_occupied_port_are_one_sentence_each(
    start: Start, tmp_path: Path
) -> None:
    hark = start(tmp_path / "data").wait_ready()
    second = call("serve", "--data", str(tmp_path / "data"), "--port", str(free_port()))
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"hark: Hark runs on the data folder {tmp_path / 'data'} already (process {hark.process.pid}): use "
        "that one, "
        "stop it, or choose another folder with --data."
    )
    taken = call("serve", "--data", str(tmp_path / "other"), "--port", str(hark.port))
    assert taken.returncode == 1
    assert taken.stderr.strip() == (
        f"hark: Port {hark.port} is taken by another program: stop that one, or choose another port with "
        "--port."
    )
    assert hark.get("/readyz").status_code == 200


def test_data_of_a_newer_hark_is_refused_in_one_sentence(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert call("migrate", "--data", str(data)).returncode == 0
    server = EmbeddedPostgres(data / "postgres")
    url = server.start()
    server._run("psql", "-Xq", "-d", url, "-c", "UPDATE schema_version SET version_num = '9999'")
    server.stop()
    refused = call("serve", "--data", str(data), "--port", str(free_port()))
    assert refused.returncode == 1
    assert [line for line in refused.stderr.splitlines() if line.startswith("hark: ")] == [
        refused.stderr.splitlines()[-1]
    ]
    assert "written by a newer Hark (schema 9999" in refused.stderr
    assert postgres_of(data) is None


def test_a_killed_hark_comes_back_on_the_same_data(start: Start, tmp_path: Path) -> None:
    hark = start(tmp_path / "data").wait_ready()
    link = first_link(hark.said)
    hark.kill()
    assert postgres_of(tmp_path / "data") is not None
    began = time.monotonic()
    again = start(tmp_path / "data").wait_ready()
    assert time.monotonic() - began < 10
    assert first_link(again.said) != link
    assert again.get("/readyz").status_code == 200


def test_a_killed_postgresql_is_started_again_and_meanwhile_nothing_is_called_stored(
    start: Start, tmp_path: Path
) -> None:
    hark = start(tmp_path / "data").wait_ready()
    pid = postgres_of(tmp_path / "data")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while postgres_of(tmp_path / "data") in {None, pid} or hark.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, hark.said
        time.sleep(0.05)
    assert hark.process.poll() is None


def test_web_and_worker_processes_share_one_database(start: Start, tmp_path: Path, database_url: str) -> None:
    key = call("secrets", "new-key").stdout.strip()
    shared = {"HARK_DATABASE_URL": database_url, "HARK_SECRET_KEY": key}
    data = tmp_path / "data"
    webs = [start(data, "--role", "web", **shared) for _ in range(2)]
    workers = [start(data, "--role", "worker", **shared) for _ in range(2)]
    for hark in [*webs, *workers]:
        hark.wait_ready()
    assert [hark.get("/readyz").status_code for hark in webs] == [200, 200]
    assert sum("sign in" in hark.said for hark in webs) >= 1
    assert [hark.stop() for hark in [*webs, *workers]] == [0, 0, 0, 0]


def test_idle_memory_of_everything_together_is_small(start: Start, tmp_path: Path) -> None:
    """Below 300 MB, PostgreSQL included; shared pages are counted once (proportional set size)."""
    hark = start(tmp_path / "data").wait_ready()
    pid = postgres_of(tmp_path / "data")
    assert pid is not None
    processes = [
        psutil.Process(hark.process.pid),
        psutil.Process(pid),
        *psutil.Process(pid).children(recursive=True),
    ]
    used = sum(process.memory_full_info().pss for process in processes)
    assert used < 300_000_000, f"{used / 1e6:.0f} MB"
