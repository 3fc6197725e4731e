"""What connecting asks for is said in both languages of the page, in the words of the platform's own table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hark.bootstrap.adapters import ADAPTERS

LOCALES = Path(__file__).parents[2] / "web" / "src" / "locales"
PLATFORMS = [adapter.manifest for adapter in ADAPTERS]


def catalog(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LOCALES / language / "platforms.json").read_text("utf-8"))
    return found


def typeset(text: str) -> str:
    return text.replace("'", "’")


@pytest.mark.parametrize("manifest", PLATFORMS, ids=lambda manifest: manifest.platform)
def test_fields_are_called_in_the_page_what_the_platform_calls_them(manifest: Any) -> None:
    english = catalog("en").get(manifest.platform, {})
    for field in manifest.fields:
        assert english.get(field.key) == {"label": typeset(field.label), "help": typeset(field.help)}, (
            field.key
        )


@pytest.mark.parametrize("manifest", PLATFORMS, ids=lambda manifest: manifest.platform)
def test_permissions_have_the_purpose_that_the_platform_gives_them(manifest: Any) -> None:
    english = catalog("en").get(manifest.platform, {}).get("scopes", {})
    keys = {re.sub(r"[^a-z0-9]+", "_", scope.name, flags=re.IGNORECASE): scope for scope in manifest.scopes}
    assert english == {key: typeset(scope.purpose) for key, scope in keys.items()}


@pytest.mark.parametrize("manifest", PLATFORMS, ids=lambda manifest: manifest.platform)
def test_german_has_words_of_its_own(manifest: Any) -> None:
    """Proper names are the same in both; a whole sentence never is."""
    english, german = catalog("en").get(manifest.platform, {}), catalog("de").get(manifest.platform, {})
    helps = [(each["help"], german[key]["help"]) for key, each in english.items() if "help" in each]
    purposes = [(text, german["scopes"][key]) for key, text in english.get("scopes", {}).items()]
    assert [mine for mine, theirs in helps + purposes if mine and mine == theirs] == []
