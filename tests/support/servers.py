"""Real server software for tests: Bluesky's own servers from npm, installed by `scripts/servers.sh`, on ports of their own.

A test that needs them is skipped, with a warning at the end of the run, only where they cannot be had (no registry, no Node.js).
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.processes import free_port

ROOT = Path(__file__).parents[2]
INSTALLING = 600.0
STARTING = 120.0


class Folders(NamedTuple):
    """Where Bluesky's servers and a PostgreSQL's programs are."""

    bluesky: Path
    postgres: Path


class Network(NamedTuple):
    """Addresses. `appview` is empty where there is none."""

    pds: str
    plc: str
    appview: str


class ServersMissing(UserWarning):
    """Shown at the end of the run: something was not tried."""


def folders() -> Folders:
    """Installs what is missing; skips the test where that cannot be done."""
    asked = subprocess.run(
        [ROOT / "scripts/servers.sh", "where"],
        capture_output=True,
        text=True,
        timeout=INSTALLING,
        check=False,
    )
    if asked.returncode == 3:
        warnings.warn(asked.stderr.strip(), ServersMissing, stacklevel=2)
        pytest.skip(asked.stderr.strip())
    assert asked.returncode == 0, asked.stderr
    found = dict(line.split(" ", 1) for line in asked.stdout.splitlines())
    return Folders(Path(found["bluesky"]), Path(found["postgres"]))


@contextmanager
def bluesky_network() -> Iterator[Network]:
    """The whole network: server, AppView, directory."""
    where = folders()
    with _postgres(where.postgres) as database, _node(where.bluesky, DB_POSTGRES_URL=database) as network:
        yield network


@contextmanager
def bluesky_pds(*, rate_limits: bool) -> Iterator[Network]:
    """The account's server alone; whatever needs an AppView fails there."""
    with _node(folders().bluesky, MODE="pds", RATE_LIMITS="1" if rate_limits else "0") as network:
        yield network


@contextmanager
def _node(folder: Path, **settings: str) -> Iterator[Network]:
    process, network = _started(folder, settings)
    try:
        yield network
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _started(folder: Path, settings: dict[str, str]) -> tuple[subprocess.Popen[bytes], Network]:
    """Another run may take a port in the moment between finding and using it; then with others."""
    names = ("PDS_PORT", "PLC_PORT", "APPVIEW_PORT", "OZONE_PORT", "INTROSPECT_PORT")
    told = ""
    for _ in range(3):
        ports = {name: str(free_port()) for name in names}
        environment = {**os.environ, **ports, "REDIS_HOST": "unused", "LOG_ENABLED": "false", **settings}
        with tempfile.TemporaryFile() as output:
            command = ["node", "network.mjs"]
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=output
            )
            network = _ready(process)
            if network is not None:
                return process, network
            process.kill()
            process.wait()
            output.seek(0)
            told = output.read().decode("utf-8", "replace")[-4000:]
        if "EADDRINUSE" not in told:
            break
    raise AssertionError(told)


def _ready(process: subprocess.Popen[bytes]) -> Network | None:
    """None where it ended before it was ready."""
    assert process.stdout is not None
    began = time.monotonic()
    for line in process.stdout:
        if line.startswith(b"READY "):
            told = json.loads(line[6:])
            return Network(told["pds"], told["plc"], told["appview"] or "")
        assert time.monotonic() - began < STARTING
    return None


@contextmanager
def _postgres(programs: Path) -> Iterator[str]:
    """A cluster for one run: PostgreSQL does not start as root, so it gets another user then."""
    folder = Path(tempfile.mkdtemp(prefix="hark-pg-"))
    user = _unprivileged()
    run = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        programs = _reachable(programs, folder, user)
    port, data = free_port(), folder / "data"
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c synchronous_commit=off"
    common = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **run}
    initialize = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    start = [programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log", "-o", options, "start"]
    stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
    try:
        subprocess.run(initialize, **common)
        subprocess.run(start, **common)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(stop, **{**common, "check": False})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reachable(programs: Path, folder: Path, user: pwd.struct_passwd) -> Path:
    """The programs where that user can run them: root's cache is closed to others."""
    if programs.is_relative_to("/usr"):
        return programs
    copy = folder / "programs"
    shutil.copytree(programs.parent, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return copy / programs.name


def _unprivileged() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    names = {each.pw_name: each for each in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
