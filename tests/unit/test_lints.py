"""Each of the project's own rules finds what it is for, and leaves alone what is allowed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.lints import (
    ALL,
    catalogs,
    file_length,
    lock_addresses,
    machine_paths,
    module_names,
    platform_names,
    purity,
    sql_places,
    statements,
)
from scripts.lints.findings import Finding

ROOT = Path(__file__).parents[2]
MANIFEST = 'MANIFEST = Manifest(platform="pigeonpost", name="Pigeon Post", base_url="x")\n'
PREPARING = 'CHOSEN = {"repository", "queries"}\n'


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., list[str]]:
    """Writes files into an empty project; gives what a rule says about it, as `place:line`."""

    def found(check: Callable[[Path], list[Finding]], **files: str) -> list[str]:
        for name, text in files.items():
            _write(tmp_path, name.replace("__", "/").replace("_dot_", "."), text)
        return [f"{finding.place}:{finding.line}" for finding in check(tmp_path)]

    return found


def _write(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


Project = Callable[..., list[str]]

# Platform names


@pytest.mark.parametrize(
    "line",
    [
        'if platform == "pigeonpost": pass',
        'NAMES = {"Pigeon Post": 1}',
        "match x:\n    case 'PIGEONPOST': pass",
        'y = f"{x}" + "pigeonpost"',
    ],
)
def test_platform_named_outside_its_adapter_is_found(project: Project, line: str) -> None:
    found = project(
        platform_names.check,
        src__hark__adapters__pigeonpost__manifest_dot_py=MANIFEST,
        src__hark__flows__reply_dot_py=line,
    )
    assert len(found) == 1
    assert found[0].startswith("src/hark/flows/reply.py:")


def test_platform_may_be_named_at_home_in_stand_ins_and_in_prose(project: Project) -> None:
    prose = '"""About pigeonpost."""\n# pigeonpost\nX = "pigeonpost is one of many"\n'
    assert not project(
        platform_names.check,
        src__hark__adapters__pigeonpost__manifest_dot_py=MANIFEST,
        src__hark__adapters__pigeonpost__send_dot_py='KEY = "pigeonpost"',
        src__hark__standins__pigeons_dot_py='KEY = "pigeonpost"',
        src__hark__bootstrap__adapters_dot_py='KEY = "pigeonpost"',
        src__hark__flows__reply_dot_py=prose,
    )


def test_names_are_read_from_the_real_manifests() -> None:
    names = platform_names.names_of_platforms(ROOT)
    assert {"telegram", "facebook", "facebook page", "sandbox"} <= names


# Clock and chance


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import UTC, datetime as dt\nx = dt.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "import time as clock\nx = clock.time_ns()",
        "from time import time\ndef f(now=time): ...",
        "from uuid import uuid4\nx = uuid4()",
        "import uuid\nx = uuid.uuid1()",
    ],
)
def test_clock_or_chance_in_the_middle_is_found(project: Project, text: str) -> None:
    assert project(purity.check, src__hark__inbox__ingest_dot_py=text) == ["src/hark/inbox/ingest.py:2"]


def test_clock_is_read_in_the_kernel_and_durations_are_measured_anywhere(project: Project) -> None:
    assert not project(
        purity.check,
        src__hark__kernel__clock_dot_py="from datetime import UTC, datetime\nx = datetime.now(UTC)",
        src__hark__inbox__ingest_dot_py="import time\nx = time.monotonic()\nclass A:\n    now = 1\ny = A.now",
    )


# Places of SQL


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM message",
        "\\n  INSERT INTO message VALUES (1)",
        "UPDATE message SET content = $1",
        "UPDATE message m SET content = $1",
        "DELETE FROM message",
        "WITH gone AS (SELECT 1) SELECT 1",
        "CREATE UNIQUE INDEX a ON b (c)",
        "TRUNCATE message",
    ],
)
def test_sql_outside_of_a_repository_is_found(project: Project, sql: str) -> None:
    assert project(sql_places.check, src__hark__inbox__ingest_dot_py=f'X = "{sql}"') == [
        "src/hark/inbox/ingest.py:1"
    ]


def test_sql_in_an_f_string_is_found(project: Project) -> None:
    assert project(sql_places.check, src__hark__inbox__ingest_dot_py='X = f"SELECT {1} FROM message"')


def test_sql_in_repositories_and_migrations_and_english_anywhere_are_left_alone(project: Project) -> None:
    assert not project(
        sql_places.check,
        src__hark__inbox__repository_dot_py='X = "SELECT 1"',
        src__hark__infra__migrations__env_dot_py='X = "CREATE TABLE a (b int)"',
        src__hark__inbox__ingest_dot_py='"""SELECT is a word."""\nX = "Select a channel"\nY = "UPDATE your app"',
    )


# Prepared statements


def test_statement_that_no_test_prepares_is_found(project: Project) -> None:
    found = project(
        statements.check,
        tests__migrations__test_statements_dot_py=PREPARING,
        src__hark__inbox__ingest_dot_py='X = Statement("SELECT 1")',
        src__hark__inbox__repository_dot_py='X = Statement("SELECT 1")',
    )
    assert found == ["src/hark/inbox/ingest.py:1"]


def test_preparing_test_that_is_gone_is_found(project: Project) -> None:
    assert project(statements.check) == ["tests/migrations/test_statements.py:0"]


# Length and names of files


def test_file_over_600_lines_is_found_and_one_of_600_is_not(project: Project) -> None:
    found = project(
        file_length.check,
        src__hark__long_dot_py="x = 1\n" * 601,
        src__hark__full_dot_py="x = 1\n" * 600,
        web__src__api__schema_dot_d_dot_ts="x\n" * 9000,
    )
    assert found == ["src/hark/long.py:0"]


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc"])
def test_module_with_a_name_that_says_nothing_is_found(project: Project, name: str) -> None:
    files = {f"src__hark__inbox__{name}_dot_py": "", "src__hark__inbox__assign_dot_py": ""}
    assert project(module_names.check, **files) == [f"src/hark/inbox/{name}.py:0"]


def test_folder_with_a_name_that_says_nothing_is_found(project: Project) -> None:
    assert project(module_names.check, web__src__utils__order_dot_ts="") == ["web/src/utils/order.ts:0"]


# Catalogs


def locales(tmp_path: Path, en: object, de: object) -> list[str]:
    _write(tmp_path, "web/src/locales/en/inbox.json", json.dumps(en))
    _write(tmp_path, "web/src/locales/de/inbox.json", json.dumps(de))
    return [finding.message for finding in catalogs.check(tmp_path)]


def test_missing_invented_and_empty_words_are_found(tmp_path: Path) -> None:
    found = locales(tmp_path, {"a": {"b": "x", "c": "y"}}, {"a": {"b": " ", "d": "z"}})
    assert found == ["a.c is missing", "a.d is not in the en catalog", "a.b is empty"]


def test_placeholders_that_differ_are_found(tmp_path: Path) -> None:
    found = locales(tmp_path, {"a": "{{count}} of {{all}}"}, {"a": "{{count}} von {{alle}}"})
    assert found == ["a has the placeholders ['alle', 'count'], not ['all', 'count']"]


def test_catalogs_that_say_the_same_are_left_alone(tmp_path: Path) -> None:
    en = {"n_one": "one", "n_other": "{{count}} things", "f": "{{at, datetime}}"}
    de = {"n_one": "eins", "n_other": "{{count}} Dinge", "f": "{{at, datetime}}"}
    assert locales(tmp_path, en, de) == []


def test_file_and_language_that_are_missing_are_found(tmp_path: Path) -> None:
    _write(tmp_path, "web/src/locales/en/inbox.json", '{"a": "x"}')
    assert [finding.message for finding in catalogs.check(tmp_path)] == ["there is no other language than en"]
    _write(tmp_path, "web/src/locales/de/settings.json", "{}")
    assert [finding.message for finding in catalogs.check(tmp_path)] == ["a is missing"]


def test_words_of_the_sandbox_page_are_compared_too(tmp_path: Path) -> None:
    _write(
        tmp_path,
        catalogs.PAGE_WORDS,
        'const EN = {\n  a: "x {n}",\n  b: "y",\n};\n\nconst DE = {\n  a: "x",\n};\n',
    )
    assert [finding.message for finding in catalogs.check(tmp_path)] == [
        "b is missing",
        "a has the placeholders [], not ['n']",
    ]


# Lock files


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi.example/simple",
        "-i somewhere",
        "--find-links wheels",
        "pkg @ https://files.example/pkg-1.whl",
        "pkg @ git+ssh://host/pkg",
    ],
)
def test_address_in_a_requirements_file_is_found(project: Project, line: str) -> None:
    found = project(
        lock_addresses.check, requirements__run_dot_txt=f"a==1 \\\n    --hash=sha256:00\n{line}\n"
    )
    assert found == ["requirements/run.txt:3"]


def test_address_in_the_npm_lock_is_found_and_funding_is_not(tmp_path: Path) -> None:
    packages = {
        "node_modules/a": {"version": "1.0.0", "resolved": "https://registry.example/a.tgz"},
        "node_modules/b": {"version": "git+https://host/b"},
        "node_modules/c": {"version": "1.0.0", "funding": ["https://donate.example"]},
    }
    _write(tmp_path, "web/package-lock.json", json.dumps({"packages": packages}))
    assert [finding.message for finding in lock_addresses.check(tmp_path)] == [
        "node_modules/a: resolved names an address",
        "node_modules/b: version names an address",
    ]


# Paths of machines


@pytest.mark.parametrize(
    "path", ["/wo" + "rk/main/x", "/ro" + "ot/x", "/ho" + "me/ada/x", "/Us" + "ers/ada/x"]
)
def test_path_of_a_machine_is_found(project: Project, path: str) -> None:
    assert project(machine_paths.check, docs__a_dot_md=f"See {path} there.") == ["docs/a.md:1"]


def test_addresses_and_routes_are_no_paths_of_machines(project: Project) -> None:
    text = "https://host.example/home/x and /webhooks/x and ../work/x and network/work/x"
    assert not project(machine_paths.check, docs__a_dot_md=text)


# The entry point


def test_entry_point_fails_with_the_places_when_a_rule_is_broken(tmp_path: Path) -> None:
    for path in [ROOT / "scripts/lint.py", *(ROOT / "scripts/lints").glob("*.py")]:
        _write(tmp_path, path.relative_to(ROOT).as_posix(), path.read_text())
    _write(tmp_path, "tests/migrations/test_statements.py", PREPARING)
    assert _lint(tmp_path).returncode == 0
    _write(tmp_path, "src/hark/inbox/misc.py", "import time\nx = time.time()\n")
    broken = _lint(tmp_path)
    assert broken.returncode == 1
    assert "src/hark/inbox/misc.py:2: time.time() asks the clock" in broken.stdout
    assert f"{len(ALL)} rules, 2 findings" in broken.stdout


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts/lint.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
