"""Both languages say the same things: the same keys with the same placeholders, none of them empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.findings import Finding

LOCALES = "web/src/locales"
SOURCE = "en"
PAGE_WORDS = "src/hark/standins/sandbox/page/words.js"

_PLACEHOLDER = re.compile(r"\{+\s*(\w+)[^}]*\}+")
_PLURAL = re.compile(r"_(zero|one|two|few|many|other)$")
_LANGUAGE_OF_PAGE = re.compile(r"^const (\w+) = \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
_WORD_OF_PAGE = re.compile(r'^  (\w+): "((?:[^"\\]|\\.)*)",$', re.MULTILINE)

Catalog = dict[str, str]


def check(root: Path) -> list[Finding]:
    return [*_check_locales(root / LOCALES), *_check_page(root / PAGE_WORDS)]


def _check_locales(folder: Path) -> Iterator[Finding]:
    """A folder per language with the same files; a missing folder of another language is a finding too."""
    if not folder.is_dir():
        return
    source = {path.name: _read(path) for path in sorted((folder / SOURCE).glob("*.json"))}
    others = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != SOURCE)
    if not others:
        yield Finding(LOCALES, 0, f"there is no other language than {SOURCE}")
    for other in others:
        for name in sorted(source.keys() | {path.name for path in other.glob("*.json")}):
            place = f"{LOCALES}/{other.name}/{name}"
            translated = _read(other / name) if (other / name).is_file() else {}
            yield from compare(place, source.get(name, {}), translated)


def _read(path: Path) -> Catalog:
    return dict(_flat(json.loads(path.read_text(encoding="utf-8"))))


def _flat(node: object, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _flat(child, f"{at}.{key}" if at else key)
    else:
        yield at, str(node)


def _check_page(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        return
    found = dict(_LANGUAGE_OF_PAGE.findall(path.read_text(encoding="utf-8")))
    catalogs = {
        name: dict(_WORD_OF_PAGE.findall(body)) for name, body in found.items() if name != "LANGUAGES"
    }
    source = catalogs.pop("EN", {})
    for name, translated in catalogs.items():
        if len(name) == 2:
            yield from compare(f"{PAGE_WORDS} ({name})", source, translated)


def compare(place: str, source: Catalog, translated: Catalog) -> Iterator[Finding]:
    """Plural forms differ between languages, so their keys are compared without the form."""
    ours, theirs = _by_meaning(source), _by_meaning(translated)
    for key in sorted(ours.keys() - theirs.keys()):
        yield Finding(place, 0, f"{key} is missing")
    for key in sorted(theirs.keys() - ours.keys()):
        yield Finding(place, 0, f"{key} is not in the {SOURCE} catalog")
    for key in sorted(ours.keys() & theirs.keys()):
        if ours[key] != theirs[key]:
            yield Finding(
                place, 0, f"{key} has the placeholders {sorted(theirs[key])}, not {sorted(ours[key])}"
            )
    for key, text in translated.items():
        if not text.strip() and source.get(key, "words").strip():
            yield Finding(place, 0, f"{key} is empty")


def _by_meaning(catalog: Catalog) -> dict[str, frozenset[str]]:
    """Keys without their plural form, each with the placeholders of all its forms."""
    found: dict[str, frozenset[str]] = {}
    for key, text in catalog.items():
        meaning = _PLURAL.sub("", key)
        found[meaning] = found.get(meaning, frozenset()) | frozenset(_PLACEHOLDER.findall(text))
    return found
