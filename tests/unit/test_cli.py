"""The command line: every command is there, help is quick, mistakes are sentences."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from cyclopts import App

from hark.cli.app import app, call
from tests.support.running import call as run


def commands(of: App, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """All commands as their words; looking at one imports it."""
    found: list[tuple[str, ...]] = []
    for name in of:
        if name.startswith("-"):
            continue
        inner = of[name]
        found += commands(inner, (*words, name)) if inner.default_command is None else [(*words, name)]
    return found


def test_every_command_can_be_imported() -> None:
    names = {" ".join(words) for words in commands(app)}
    assert names == {
        "serve", "migrate", "doctor", "platforms", "normalize", "replay", "export", "backup", "restore", "openapi", "bench",
        "user create", "user reset", "account list", "account connect", "account check", "account refresh", "secrets new-key",
        "secrets rotate", "sandbox serve", "sandbox fault", "sandbox calm", "ui build", "ui run", "docs settings",
        "docs capabilities",
    }  # fmt: skip


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    run("--help")
    times = []
    for _ in range(3):
        began = time.perf_counter()
        shown = run("--help")
        times.append(time.perf_counter() - began)
        assert shown.returncode == 0
        assert "serve" in shown.stdout
    assert min(times) < 1.0  # 0.15 s on a quiet machine; the suite shares it
    heavy = run("--help", PYTHONPROFILEIMPORTTIME="1").stderr
    assert not [name for name in ("litestar", "asyncpg", "sqlalchemy", "pydantic") if f" {name}\n" in heavy]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["serv"], 2, "serve"),
        (["serve", "--port", "eighty"], 2, "--port"),
        (["normalize", "telegram", "/no/such/file"], 1, "hark: There is no file /no/such/file."),
        (["replay"], 1, "hark: Name raw events by their numbers, or a range with --since and --until."),
        (["sandbox", "fault", "telegram", "earthquake"], 1, "hark: There is no fault 'earthquake'."),
        (["sandbox", "fault", "myspace", "error"], 1, "hark: There is no stand-in of 'myspace'."),
        (["account", "connect", "myspace"], 1, "hark: There is no platform 'myspace'."),
        (["account", "connect", "telegram", "token"], 1, "hark: 'token' is not of the form name=value."),
        (["restore", "/no/such/file"], 1, "hark: There is no file /no/such/file."),
    ],
)
def test_a_mistake_is_a_sentence_and_a_status(
    words: list[str], status: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(words) == status
    out, err = capfd.readouterr()
    assert said in out + err
    assert "Traceback" not in out + err


def test_a_wrong_setting_names_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_PORT", "eighty")
    assert call(["migrate"]) == 1
    assert capsys.readouterr().err == "hark: HARK_PORT must be a whole number 0..65535, not 'eighty'.\n"


def test_normalize_prints_inbound_events_and_says_what_it_did_not_understand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update = {
        "update_id": 7,
        "message": {
            "message_id": 5,
            "date": 1_795_000_000,
            "chat": {"id": 42, "type": "private", "first_name": "Nora"},
            "from": {"id": 42, "is_bot": False, "first_name": "Nora"},
            "text": "Is it in stock?",
        },
    }
    path = tmp_path / "update.json"
    path.write_text(json.dumps(update))
    assert call(["normalize", "telegram", str(path)]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    (event,) = item["events"]
    assert event["type"] == "message"
    assert event["text"] == "Is it in stock?"
    assert event["thread"]["key"] == "42"
    path.write_text('{"update_id": 8, "a_new_kind": {}}')
    assert call(["normalize", "telegram", str(path)]) == 1
    assert "not recognized" in capsys.readouterr().err
    path.write_text("no json")
    assert call(["normalize", "telegram", str(path)]) == 1
    assert "hark: This is no webhook body of Telegram" in capsys.readouterr().err


def test_a_new_key_is_one_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    from hark.infra.secrets import SecretBox

    assert call(["secrets", "new-key"]) == 0
    box = SecretBox([capsys.readouterr().out.strip()])
    assert box.open(box.seal({"a": "b"}))


def test_the_api_describes_itself_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["openapi"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/conversations" in document["paths"]
