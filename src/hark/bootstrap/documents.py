"""Documents that are made from the program itself."""

from __future__ import annotations

from typing import Any

from hark.infra.settings import SettingInfo, describe_settings

_HEAD = """\
# Settings

Made by `hark docs settings` from `src/hark/infra/settings.py`; a test keeps it current.

Each setting is an environment variable, or a line in a TOML file under its name in lower case without `HARK_`
(`HARK_PORT=9000` is `port = 9000`). The file is the one that `HARK_CONFIG` names, `hark.toml` in the folder
where Hark is started, or `hark.toml` in the data folder. The environment wins over the file, options of the
command line win over both. A name that does not exist is refused. Values marked *secret* are never printed,
logged or shown by the API.

| setting | takes | without it | what it does |
|---|---|---|---|
"""


def settings_page() -> str:
    """docs/settings.md."""
    return _HEAD + "".join(_line(setting) for setting in describe_settings())


def api_document() -> dict[str, Any]:
    """The OpenAPI document; needs no database."""
    from hark.api.openapi import document

    return document()


def _line(setting: SettingInfo) -> str:
    kind = setting.type.replace("|", "or")
    default = "*secret*" if setting.secret else f"`{setting.default}`" if setting.default else "empty"
    return f"| `{setting.variable}` | {kind} | {default} | {setting.description} |\n"
