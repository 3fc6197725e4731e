"""Translations, and names that Google writes in several ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hark.adapters.googlereviews.names import instant, location_of, review_id
from hark.adapters.googlereviews.normalize import split_translation


@pytest.mark.parametrize(
    ("comment", "written", "translation"),
    [
        ("Sehr gut", "Sehr gut", None),
        ("(Translated by Google) Very good\n\n(Original)\nSehr gut", "Sehr gut", "Very good"),
        ("Sehr gut\n\n(Translated by Google)\nVery good", "Sehr gut", "Very good"),
        ("Sehr gut\n\n(Translated by Google) Very good", "Sehr gut", "Very good"),
        ("(Translated by Google) Very good", "(Translated by Google) Very good", None),
        ("I like (Original) bread", "I like (Original) bread", None),
        ("(Translated by Google)(Original)", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_translation_is_told_apart_from_what_was_written(
    comment: str | None, written: str | None, translation: str | None
) -> None:
    assert split_translation(comment) == (written, translation)


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("accounts/1/locations/2", "locations/2"),
        ("locations/2", "locations/2"),
        ("accounts/1/locations/2/reviews/AbF", "locations/2"),
        ("accounts/1", None),
        ("x/locations/2", None),
        (7, None),
    ],
)
def test_a_location_has_one_name(name: object, location: str | None) -> None:
    assert location_of(name) == location


@pytest.mark.parametrize("value", ["", "../x", "a/b", "a?b", "a b", None, "x" * 301])
def test_what_may_not_stand_in_an_address_is_no_id(value: object) -> None:
    assert review_id(value) is None


def test_times_have_up_to_nine_decimals() -> None:
    assert instant("2014-10-02T15:01:23.045123456Z") == datetime(2014, 10, 2, 15, 1, 23, 45123, tzinfo=UTC)
    assert instant("2014-10-02T15:01:23+05:30") == datetime(2014, 10, 2, 9, 31, 23, tzinfo=UTC)
    assert instant("0001-01-01T00:00:00+12:00") is None
