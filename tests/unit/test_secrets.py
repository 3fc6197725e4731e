from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hark.infra.problems import SettingsError
from hark.infra.secrets import CannotOpen, SecretBox, load_secret_box, new_key
from hark.infra.settings import Settings
from hark.kernel.secrets import Secret


def test_what_is_sealed_opens_and_does_not_show() -> None:
    box = SecretBox([new_key()])
    sealed = box.seal({"token": "123:abc"})
    assert b"123:abc" not in sealed
    assert box.open(sealed) == {"token": Secret("123:abc")}
    assert "123:abc" not in repr(box.open(sealed))


def test_a_new_key_in_front_opens_the_old_and_seals_the_new() -> None:
    old, new = new_key(), new_key()
    sealed = SecretBox([old]).seal({"token": "x"})
    rotating = SecretBox([new, old])
    again = rotating.reseal(sealed)
    assert SecretBox([new]).open(again) == {"token": Secret("x")}
    with pytest.raises(CannotOpen, match="encrypted with another key"):
        SecretBox([new]).open(sealed)


def test_nothing_stored_opens_to_nothing() -> None:
    assert SecretBox([new_key()]).open(b"") == {}


def test_the_key_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    sealed = load_secret_box(settings).seal({"a": "b"})
    path = tmp_path / "data" / "secret.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secret_box(settings).open(sealed) == {"a": Secret("b")}
    assert [found.name for found in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        boxes = list(pool.map(lambda _: load_secret_box(settings), range(8)))
    sealed = [box.seal({"a": "b"}) for box in boxes]
    assert all(boxes[0].open(each) == {"a": Secret("b")} for each in sealed)


def test_keys_come_from_the_setting_first(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    box = load_secret_box(Settings(data=tmp_path, secret_key=Secret(f"{first}, {second}")))
    assert SecretBox([first]).open(box.seal({"a": "b"}))
    assert box.open(SecretBox([second]).seal({"c": "d"}))
    assert not (tmp_path / "secret.key").exists()


def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_secret_box(Settings(data=tmp_path, secret_key=Secret("hunter2")))
    assert "HARK_SECRET_KEY" in str(refused.value)
    assert "hunter2" not in str(refused.value)
