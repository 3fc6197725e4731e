"""What docs/connecting.md tells administrators is what the program does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hark.bootstrap.adapters import ADAPTERS
from hark.channels.accounts.grants.authorizations import CHOICE_LIFE, STATE_LIFE
from hark.channels.accounts.grants.lifetime import due_at
from hark.cli.app import account
from hark.flows.authorize import CALLBACK
from hark.flows.renewing import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "connecting.md").read_text("utf-8")
LIFE = re.compile(r"^\| (\d+) (days|hours|minutes) \| (\d+) (days|hours|minutes) \|$", re.MULTILINE)
AT = datetime(2026, 11, 24, tzinfo=UTC)


def span(number: str, unit: str) -> timedelta:
    return timedelta(**{unit: int(number)})


@pytest.mark.parametrize("row", LIFE.findall(PAGE), ids=lambda row: " ".join(row))
def test_tokens_are_renewed_when_the_table_says(row: tuple[str, str, str, str]) -> None:
    life, before = span(*row[:2]), span(*row[2:])
    assert due_at(AT, AT + life, renews=True) == AT + life - before


def test_the_table_has_rows() -> None:
    assert len(LIFE.findall(PAGE)) == 4


def test_a_warning_comes_when_the_page_says() -> None:
    assert "14 days before the end (for shorter lives, when half of it is\nover)" in PAGE
    assert due_at(AT, AT + timedelta(days=60), renews=False) == AT + timedelta(days=46)
    assert due_at(AT, AT + timedelta(days=10), renews=False) == AT + timedelta(days=5)


def test_times_and_the_address_are_those_of_the_code() -> None:
    assert f"https://<your Hark>{CALLBACK}" in PAGE
    assert f"works once and for {STATE_LIFE // timedelta(minutes=1)} minutes" in PAGE
    assert f"Choosing may take {CHOICE_LIFE // timedelta(minutes=1)} minutes" in PAGE
    assert PATIENCE == 60, "the page says: for a minute"


def test_every_command_for_accounts_is_told() -> None:
    known = [name for name in account if not name.startswith("-")]
    assert [name for name in known if f"hark account {name}" not in PAGE] == []


def test_words_in_quotes_are_those_of_the_page() -> None:
    """A text of the page that is told of must be there as it is told."""
    catalog = (ROOT / "web/src/locales/en/settings.json").read_text("utf-8").replace("{{name}}", "…")
    for said in ("Connect with …", "Paste the values instead", "Connect again", "Access lost",
                 "Webhook and steps", "This way back was used already", "You were not signed in when the network"):  # fmt: skip
        assert said in PAGE.replace("\n", " "), said
        assert said in catalog, said


def test_what_authorizes_asks_for_fields_that_the_platform_has_and_says_its_permissions() -> None:
    for adapter in ADAPTERS:
        oauth, manifest = adapter.authorization, adapter.manifest
        if oauth is None:
            continue
        fields = {field.key for field in manifest.fields}
        assert set(oauth.needs) | set(oauth.optional) <= fields, manifest.platform
        assert manifest.scopes, f"{manifest.platform} asks for permissions that are not shown before"
        assert all(scope.purpose.endswith(".") for scope in manifest.scopes), manifest.platform
