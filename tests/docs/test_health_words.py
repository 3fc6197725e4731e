"""The command line and the page tell the doctor's lines in the same words, and none is without."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from hark.bootstrap.health_words import REMEDIES, SENTENCES, sentence_of
from hark.flows import doctor
from hark.flows.doctor import HealthLine

CATALOG = Path(__file__).parents[2] / "web/src/locales/en/settings.json"
WORDS = json.loads(CATALOG.read_text("utf-8"))["health"]


def plain(texts: dict[str, str]) -> dict[str, str]:
    return {key: re.sub(r"\{\{(\w+)\}\}", r"{\1}", text) for key, text in texts.items()}


def test_both_say_the_same() -> None:
    assert plain(WORDS["code"]) == SENTENCES
    assert plain(WORDS["remedy"]) == REMEDIES


def words_in(node: ast.AST) -> set[str]:
    """What an expression may give; of a choice both ends, not the question."""
    if isinstance(node, ast.IfExp):
        return words_in(node.body) | words_in(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_code_and_remedy_of_the_doctor_has_words() -> None:
    source = ast.parse(Path(doctor.__file__ or "").read_text("utf-8"))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call) and len(node.args) > 2]
    lines = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "HealthLine"]
    codes = {word for call in lines for word in words_in(call.args[2])}
    remedies = {
        word
        for call in lines
        for each in call.keywords
        if each.arg == "remedy"
        for word in words_in(each.value)
    }
    assert len(codes) > 10
    assert codes - {"_fails"} <= SENTENCES.keys(), (
        "put together from the line's name: poll_fails, stream_fails"
    )
    assert remedies <= REMEDIES.keys()


def test_a_line_is_a_sentence_with_its_times_and_what_to_do() -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    line = HealthLine("token", "warn", "token_ends_soon", {"at": at}, remedy="reconnect_before")
    assert sentence_of(line) == (
        "The access ends on 2026-12-01 09:30 UTC. Connect the account again before that."
    )
