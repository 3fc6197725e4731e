"""Texts of rules with blanks: `{{customer.first_name}}`. Only named blanks are filled in; nothing is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping

BLANKS = (
    "customer.name",
    "customer.first_name",
    "conversation.number",
    "workspace.name",
    "account.name",
    "opens_at",
)

_BLANK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def blanks_of(text: str) -> list[str]:
    return [match[1] for match in _BLANK.finditer(text)]


def unknown_blanks(text: str) -> list[str]:
    return sorted({name for name in blanks_of(text) if name not in BLANKS})


def fill(text: str, values: Mapping[str, str]) -> str:
    """What is not known leaves nothing behind, and no gap."""
    filled = _BLANK.sub(lambda match: values.get(match[1], ""), text)
    return re.sub(r"[ \t]+([,.!?\n]|$)", r"\1", filled).strip()


def choose(texts: Mapping[str, str], language: str | None, default: str) -> str:
    """The text in the language of the conversation, or the rule's own."""
    return texts.get((language or "")[:2].lower()) or texts[default]
