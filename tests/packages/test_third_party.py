"""A platform in somebody else's package: installed beside Hark it is found, passes the contract suite and is listed; one
that is broken, or takes a key that is taken, is named and left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hark.bootstrap.adapters import build_registry
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from tests.support.people import open_office
from tests.support.program import connect, receive

EXAMPLE = Path(__file__).parent / "hark_example"
ROOT = Path(__file__).parents[2]
SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example was installed as pip does it, from a copy of its sources."""
    work = tmp_path_factory.mktemp("package")
    source, target = work / "source", work / "site"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--quiet",
    ]
    done = subprocess.run([*command, "--target", str(target), str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def run(*command: str, beside: tuple[Path, ...], cwd: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(path) for path in (ROOT / "src", *beside))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=cwd, env=environment, timeout=240
    )


def listed(tmp_path: Path, *beside: Path) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """What `hark platforms --json` says."""
    code = "import sys; from hark.cli.app import call; sys.exit(call(['platforms', '--json']))"
    done = run("-c", code, beside=beside, cwd=tmp_path)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_installed_package_is_found_and_listed(installed: Path, tmp_path: Path) -> None:
    status, told = listed(tmp_path, installed)
    assert status == 0
    assert {"platform": "pigeonpost", "name": "Pigeon Post", "package": "hark-example 1.0.0"} in told[
        "platforms"
    ]
    assert told["broken"] == []


def test_without_the_package_there_is_no_such_platform(tmp_path: Path) -> None:
    _, told = listed(tmp_path)
    assert "pigeonpost" not in {each["platform"] for each in told["platforms"]}


def test_the_installed_package_passes_the_contract_suite(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", beside=(installed,), cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout


def test_the_program_has_its_registry_with_the_package_in_it(installed: Path, tmp_path: Path) -> None:
    code = (
        "from hark.bootstrap.adapters import build_registry\n"
        "manifest = build_registry().load('pigeonpost').manifest\n"
        "print(manifest.name, sorted(manifest.sources))\n"
    )
    done = run("-c", code, beside=(installed,), cwd=tmp_path)
    assert done.stdout.startswith("Pigeon Post ["), done.stderr


async def test_the_api_lists_it_and_a_letter_of_its_network_becomes_a_conversation(
    installed: Path, hark: Hark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(installed))
    program = msgspec.structs.replace(hark, registry=build_registry())
    office = await open_office(program)
    listed = (await office.administrator.call("GET", "/platforms")).json()
    assert "Pigeon Post" in json.dumps(listed)
    account = await connect(program, "pigeonpost", "harbour")
    letter = b'{"letters": [{"ring": "NL-1", "loft": "tower", "text": "Hello", "flown_at": 1795521600}]}'
    await receive(program, account, letter)
    assert (await ingest_pending(program)).messages == 1
    await office.close()


def package(folder: Path, name: str, points: str, module: str = "") -> Path:
    """A distribution with entry points, as far as Python looks at one."""
    site = folder / name
    facts = site / f"{name}-2.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
    (facts / "entry_points.txt").write_text(f"[hark.platforms]\n{points}\n")
    (site / f"{name}_module.py").write_text(module)
    return site


SANDBOX = "from hark.adapters.sandbox import ADAPTER\n"

BROKEN = {
    "cannot be imported": (
        "storm = {0}_module:ADAPTER",
        "raise RuntimeError('no wind today')",
        "no wind today",
    ),
    "ends the program": ("storm = {0}_module:ADAPTER", "raise SystemExit(3)", "SystemExit"),
    "has no such name": ("storm = {0}_module:ADAPTER", "", "AttributeError"),
    "is something else": ("storm = {0}_module:ADAPTER", "ADAPTER = 7", "int, not an Adapter"),
    "takes a key that is taken": ("sandbox = {0}_module:ADAPTER", SANDBOX, "already, from Hark itself"),
    "is called otherwise": ("storm = {0}_module:ADAPTER", SANDBOX, "its platform sandbox"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_package_is_named_and_left_out_and_the_others_stay(
    installed: Path, tmp_path: Path, case: str
) -> None:
    points, module, reason = BROKEN[case]
    site = package(tmp_path, "stormy", points.format("stormy"), module)
    status, told = listed(tmp_path, site, installed)
    assert status == 1
    (lost,) = told["broken"]
    assert lost["package"] == "stormy 2.0"
    assert reason in lost["reason"]
    keys = [each["platform"] for each in told["platforms"]]
    assert "pigeonpost" in keys
    assert len(keys) == len(set(keys))


def test_two_packages_with_one_key_leave_the_first(installed: Path, tmp_path: Path) -> None:
    other = package(
        tmp_path, "zebra", "pigeonpost = zebra_module:ADAPTER", "from hark_example import ADAPTER\n"
    )
    _, told = listed(tmp_path, other, installed)
    (lost,) = told["broken"]
    assert (lost["package"], "already, from hark-example" in lost["reason"]) == ("zebra 2.0", True)


def test_a_broken_package_is_one_clear_line_in_the_log_and_the_start_goes_on(tmp_path: Path) -> None:
    site = package(tmp_path, "stormy", "storm = stormy_module:ADAPTER", "raise RuntimeError('no wind today')")
    code = "from hark.bootstrap.adapters import build_registry; print(len(list(build_registry())) > 2)"
    done = run("-c", code, beside=(site,), cwd=tmp_path)
    assert done.returncode == 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "left out" in line]
    assert len(lines) == 1
    assert "stormy 2.0" in lines[0]
    assert "no wind today" in lines[0]


def test_the_doctor_names_a_broken_package_and_what_to_do(tmp_path: Path) -> None:
    site = package(tmp_path, "stormy", "storm = stormy_module:ADAPTER", "raise RuntimeError('no wind today')")
    code = (
        "from hark.bootstrap.doctor import _platforms as look; found = look(); print(found.ok, found.detail)"
    )
    done = run("-c", code, beside=(site,), cwd=tmp_path)
    assert done.stdout.startswith("False Left out: storm of stormy 2.0"), done.stderr
    assert "Mend or uninstall" in done.stdout
