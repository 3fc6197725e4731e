"""What the network allows. Its business partners copy these numbers into their own tables."""

from __future__ import annotations

from collections.abc import Iterable

from hark.kernel.text import graphemes
from hark.standins.sandbox.errors import ApiProblem

MEGABYTE = 1024 * 1024
TEXT = {"dm": 1000, "comment": 500, "mention": 500, "review": 500}
"""Graphemes."""

MAX_FILES = {"dm": 4, "comment": 1, "mention": 1, "review": 0}
MAX_BYTES = {"image": 5 * MEGABYTE, "video": 20 * MEGABYTE, "audio": 10 * MEGABYTE, "file": 10 * MEGABYTE}
MENTION_WINDOW = 24 * 3600 * 1000
MENTION_WINDOW_HUMAN = 7 * 24 * 3600 * 1000
"""Milliseconds after the last word of a person in the thread; a person of the business may answer for
longer."""

PRIVATE_WINDOW = 7 * 24 * 3600 * 1000
"""Milliseconds after a comment or mention was written in which it can be answered privately, once."""
ALT_TEXT = 300
"""Characters of a picture's description."""

CALLS_PER_SECOND = 50
LONGEST_PERSON_TEXT = 10_000


TEMPLATES = {
    ("order_update", "en"): "Hello {{1}}, your order {{2}} is on its way.",
    ("order_update", "de"): "Hallo {{1}}, deine Bestellung {{2}} ist unterwegs.",
    ("still_there", "en"): "Hello {{1}}, is there anything else we can do for you?",
    ("opening_hours", "en"): "Our shop is open from Monday to Saturday, 10 to 18.",
}
"""Texts that the network approved, by name and language; they may be sent when no other message may."""


def fill_template(name: str, language: str, values: list[str]) -> str:
    body = TEMPLATES.get((name, language))
    if body is None:
        raise ApiProblem(400, "template_unknown", f"There is no template “{name}” in {language}.")
    blanks = sum(1 for number in range(1, 10) if f"{{{{{number}}}}}" in body)
    if len(values) != blanks or not all(value.strip() for value in values):
        raise ApiProblem(400, "template_values", f"The template needs {blanks} values.")
    for number, value in enumerate(values, start=1):
        body = body.replace(f"{{{{{number}}}}}", value)
    return body


def check_text(source: str, text: str) -> None:
    over = len(graphemes(text)) - TEXT[source]
    if over > 0:
        raise ApiProblem(
            400, "text_too_long", f"The text is {over} characters over the limit of {TEXT[source]}."
        )


def check_files(source: str, files: Iterable[tuple[str, int]]) -> None:
    """`files` as (kind, bytes)."""
    given = list(files)
    if len(given) > MAX_FILES[source]:
        raise ApiProblem(400, "too_many_files", f"At most {MAX_FILES[source]} files can be sent here.")
    for kind, size in given:
        if source != "dm" and kind != "image":
            raise ApiProblem(400, "file_not_allowed", "Only pictures can be sent here.")
        if size > MAX_BYTES[kind]:
            raise ApiProblem(400, "file_too_large", f"A {kind} may have {MAX_BYTES[kind] // MEGABYTE} MB.")


def kind_of(mime_type: str) -> str:
    family = mime_type.split("/", 1)[0]
    return family if family in {"image", "video", "audio"} else "file"
