from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hark.infra.settings import Settings
from hark.infra.telemetry import configure_logging, hide_secrets, one_line, redact, render_metrics
from hark.kernel.secrets import Secret

BOT = "123456789:AAF-abcdefghijklmnopqrstuvwxyz_0123"


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{BOT}/sendMessage",
        f"https://api.telegram.org/file/bot{BOT}/photos/1.jpg",
        f"GET /me?access_token={BOT}&fields=id",
        f"Authorization: Bearer {BOT}",
        f"postgresql://hark:{BOT}@db/hark",
    ],
)
def test_credentials_are_cut_out_of_texts(text: str) -> None:
    assert BOT.split(":")[1] not in hide_secrets(text)


def test_an_ordinary_text_stays_as_it_is() -> None:
    text = "delivered 12 messages in 0.5 s to https://example.com/a?b=c at 12:30:45"
    assert hide_secrets(text) == text


def test_values_under_telling_names_are_hidden_at_any_depth() -> None:
    event = redact(
        None, "", {"event": "x", "password": "p", "nested": {"api_key": "q", "n": 1}, "s": Secret("r")}
    )
    assert event == {"event": "x", "password": "…", "nested": {"api_key": "…", "n": 1}, "s": "…"}


@given(st.text(), st.text())
def test_a_log_line_is_one_line(event: str, value: str) -> None:
    line = one_line(
        None, "", {"event": event, "level": "info", "timestamp": "2026-01-02T03:04:05.678Z", "v": value}
    )
    assert len(line.splitlines()) == 1


@pytest.fixture
def fresh_logging() -> object:
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    yield
    logging.getLogger().handlers[:], _ = before
    logging.getLogger().setLevel(before[1])
    structlog.reset_defaults()


def test_lines_of_libraries_are_redacted_too(
    fresh_logging: object, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Settings(log_format="json"))
    logging.getLogger("some.library").warning("calling %s", f"https://x/bot{BOT}/getMe")
    try:
        raise ValueError(f"token={BOT}")
    except ValueError:
        structlog.get_logger("hark.x").exception("failed", token=BOT)
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert "ValueError" in lines[1]["exception"]
    assert BOT.split(":")[1] not in said


def test_metrics_are_rendered_in_prometheus_text() -> None:
    assert b"# TYPE hark_webhooks_total counter" in render_metrics()
