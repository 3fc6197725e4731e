from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hark.infra.problems import SettingsError
from hark.infra.settings import Settings, describe_settings, load_settings, unknown_variables
from hark.kernel.secrets import Secret


def written(folder: Path, text: str) -> Path:
    path = folder / "hark.toml"
    path.write_text(text)
    return path


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    path = written(tmp_path, 'port = 9000\nhost = "0.0.0.0"\nlog_level = "debug"\n')
    settings = load_settings(
        {"HARK_PORT": "9001", "HARK_HOST": "::1"}, path, {"host": "127.0.0.9", "role": None}
    )
    assert (settings.port, settings.host, settings.log_level, settings.role) == (
        9001,
        "127.0.0.9",
        "debug",
        "all",
    )


def test_the_file_in_the_data_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "elsewhere", "port = 9002\n")
    assert load_settings({"HARK_DATA": str(tmp_path / "elsewhere")}).port == 9002
    assert load_settings({}, None, {"data": str(tmp_path / "elsewhere")}).port == 9002


def test_an_unknown_key_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path, 'databse_url = "x"\n')
    with pytest.raises(SettingsError, match=r"no setting 'databse_url' \(did you mean database_url\?\)"):
        load_settings({}, path)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("HARK_PORT", "eighty", "must be a whole number 0..65535, not 'eighty'"),
        ("HARK_PORT", "70000", "0..65535, not '70000'"),
        ("HARK_ROLE", "boss", "must be all | web | worker"),
        ("HARK_ALLOW_PRIVATE_ADDRESSES", "perhaps", "must be true | false"),
    ],
)
def test_a_wrong_value_names_its_setting(variable: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({variable: value})
    assert said in str(refused.value)
    assert variable in str(refused.value)


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_switches_are_read_from_text(value: str) -> None:
    assert load_settings({"HARK_ALLOW_PRIVATE_ADDRESSES": value}).allow_private_addresses is True


def test_secrets_never_show(tmp_path: Path) -> None:
    settings = load_settings({"HARK_DATABASE_URL": "postgresql://u:hunter2@db/x", "HARK_SECRET_KEY": "k-e-y"})
    assert settings.database_url.reveal() == "postgresql://u:hunter2@db/x"
    assert "hunter2" not in repr(settings)
    assert "k-e-y" not in f"{settings}"
    path = written(tmp_path, "database_url = 17\n")
    with pytest.raises(SettingsError) as refused:
        load_settings({}, path)
    assert "17" not in str(refused.value)


def test_every_setting_says_what_it_does_and_secrets_are_marked() -> None:
    described = {setting.name: setting for setting in describe_settings()}
    assert all(len(setting.description) > 10 and setting.type for setting in described.values())
    secret = {name for name, setting in described.items() if setting.secret}
    assert secret == {
        field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, Secret)
    }
    assert {"database_url", "secret_key", "redis_url"} <= secret


def test_a_missing_config_file_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"HARK_CONFIG names /no/such\.toml"):
        load_settings({"HARK_CONFIG": "/no/such.toml"})


def test_a_mistyped_variable_is_noticed() -> None:
    (said,) = unknown_variables({"HARK_PROT": "1", "HARK_SHARED": "x", "PATH": "y"})
    assert said == "HARK_PROT is not a setting (did you mean HARK_PORT?)"


def test_the_address_has_no_slash_at_the_end() -> None:
    assert Settings(public_url="https://hark.example.com/").address == "https://hark.example.com"
    assert Settings(port=8123).address == "http://localhost:8123"
