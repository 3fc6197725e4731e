"""Every setting of Hark, in one struct: from the environment (`HARK_<NAME>`) and a TOML file, the environment
first.

A field's type says what is accepted, its description is the documentation (docs/settings.md is generated from
it), and a field of type `Secret` is never printed.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from hark.infra.problems import SettingsError
from hark.kernel.secrets import Secret

PREFIX = "HARK_"
NOT_SETTINGS = frozenset(
    {
        "HARK_CONFIG",
        "HARK_SKIP_UI",
        "HARK_SHARED",
        "HARK_FAULTS",
        "HARK_FAULT_POINTS",
        "HARK_TEST_DATABASE_URL",
        "HARK_URL",
    }
)
"""Variables with our prefix that other parts read: where the file is, the build hook, the tests."""

_NO_SECRET = Secret("")


def _secret(description: str) -> Meta:
    return Meta(description=description, extra={"secret": True})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The values that the program runs with. Build it by `load_settings`, or directly in tests."""

    data: Annotated[
        Path,
        Meta(description="Folder for all that Hark keeps: its PostgreSQL, files of messages, the key file."),
    ] = Path("data")
    host: Annotated[str, Meta(description="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str,
        Meta(
            description="Address at which browsers and platforms reach this Hark, without a final slash. "
            "Empty: http://localhost:<port>. Platforms only deliver to https addresses."
        ),
    ] = ""
    role: Annotated[
        Literal["all", "web", "worker"],
        Meta(
            description="What this process does: API and page (web), the work behind them (worker), or both."
        ),
    ] = "all"
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses whose X-Forwarded-* headers are believed, separated by commas; * for any."
        ),
    ] = "127.0.0.1"

    database_url: Annotated[
        Secret,
        _secret("A PostgreSQL 16 or newer to use. Empty: Hark runs its own in the data folder."),
    ] = _NO_SECRET
    database_pool: Annotated[
        int, Meta(ge=4, le=200, description="Most connections that one process opens to the database.")
    ] = 12
    postgres_shared_buffers: Annotated[
        int,
        Meta(ge=16, le=65536, description="Memory in MiB that Hark's own PostgreSQL takes for its buffers."),
    ] = 128
    bus: Annotated[
        Literal["auto", "memory", "postgres", "redis"],
        Meta(
            description="How processes wake one another. auto: redis where redis_url is set, memory for one "
            "process on the embedded database, postgres otherwise."
        ),
    ] = "auto"
    redis_url: Annotated[Secret, _secret("Redis or Valkey that carries wake-ups between many processes.")] = (
        _NO_SECRET
    )

    secret_key: Annotated[
        Secret,
        _secret(
            "Key that encrypts stored credentials (made by `hark secrets new-key`). Several, separated by "
            "commas: the first "
            "encrypts, all decrypt. Empty: secret.key in the data folder, made at the first start."
        ),
    ] = _NO_SECRET
    session_idle_hours: Annotated[
        int, Meta(ge=1, le=8760, description="Hours without a request after which a sign-in ends.")
    ] = 72
    session_days: Annotated[
        int, Meta(ge=1, le=365, description="Days after which a sign-in ends in any case.")
    ] = 30
    metrics_token: Annotated[
        Secret, _secret("Bearer token that /metrics asks for. Empty: only loopback clients may read it.")
    ] = _NO_SECRET

    blobs: Annotated[
        str,
        Meta(description="Where files are kept: empty for the data folder, or s3://bucket/prefix (S3-like)."),
    ] = ""
    s3_endpoint: Annotated[
        str, Meta(description="Address of the S3-compatible store. Empty: the provider's own.")
    ] = ""
    s3_region: Annotated[str, Meta(description="Region of the S3-compatible store.")] = "us-east-1"
    s3_access_key: Annotated[Secret, _secret("Access key id for the S3-compatible store.")] = _NO_SECRET
    s3_secret_key: Annotated[Secret, _secret("Secret access key for the S3-compatible store.")] = _NO_SECRET
    upload_max_mb: Annotated[
        int, Meta(ge=1, le=2048, description="Largest file in MiB that an agent may upload.")
    ] = 50
    media_max_mb: Annotated[
        int, Meta(ge=1, le=2048, description="Largest file in MiB that is fetched from a platform.")
    ] = 50

    webhook_max_kb: Annotated[
        int, Meta(ge=16, le=65536, description="Largest webhook body in KiB; longer ones are answered 413.")
    ] = 4096
    webhook_secret: Annotated[
        Secret,
        _secret(
            "Shared secret of gateways that post to /api/webhooks/social and sign with x-webhook-signature."
        ),
    ] = _NO_SECRET
    platform_timeout: Annotated[
        float,
        Meta(
            ge=1, le=120, description="Seconds that one call to a platform may take when history is fetched."
        ),
    ] = 10.0
    allow_private_addresses: Annotated[
        bool,
        Meta(
            description="Lets calls go to private addresses and plain http: for stand-ins and self-hosted "
            "servers on your own network, never on a machine that strangers may point elsewhere."
        ),
    ] = False
    media_hosts: Annotated[
        str,
        Meta(description="Further hosts that media may be fetched from, separated by commas."),
    ] = ""

    raw_event_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            description="Days that handled raw events are kept; duplicates are recognized as long.",
        ),
    ] = 30
    fact_days: Annotated[
        int,
        Meta(ge=1, le=3650, description="Days that facts are kept for clients and observers to resume from."),
    ] = 30

    administrator_email: Annotated[
        str, Meta(description="E-mail address of the first administrator, used at the first start only.")
    ] = "admin@example.com"
    workspace_name: Annotated[
        str, Meta(description="Name of the first workspace, used at the first start only.")
    ] = "My workspace"
    sandbox: Annotated[
        bool,
        Meta(description="Connects the sandbox network at the first start: something to see at once."),
    ] = True
    sandbox_story: Annotated[
        bool,
        Meta(
            description="Lets a few people of the sandbox network write at the first start, so that the inbox is not empty."
        ),
    ] = True

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least severe log lines that are written."),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "line", "json"],
        Meta(description="Log lines for people (line) or programs (json). auto: line on a terminal."),
    ] = "auto"
    stop_seconds: Annotated[
        float,
        Meta(
            ge=0, le=600, description="Seconds that running requests and jobs get to finish when Hark stops."
        ),
    ] = 10.0

    @property
    def address(self) -> str:
        """The public address, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"

    @property
    def own_address(self) -> str:
        """Host and port at which this program reaches itself."""
        return f"127.0.0.1:{self.port}"

    @property
    def serves_sandbox(self) -> bool:
        """The sandbox network is open to whoever reaches it, so it is there only while Hark is being tried
        locally.
        """
        host = urlsplit(self.address).hostname
        return self.sandbox and self.role == "all" and host in {"localhost", "127.0.0.1", "::1"}

    @property
    def embedded(self) -> bool:
        return not self.database_url


def is_public_address(address: str) -> bool:
    """Whether platforms can deliver webhooks there: https, and no name or number of this machine or network."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" or host.endswith((".localhost", ".local", ".internal", ".test")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


class SettingInfo(msgspec.Struct, frozen=True):
    """A setting as the documentation shows it."""

    name: str
    variable: str
    type: str
    default: str
    description: str
    secret: bool


def describe_settings() -> list[SettingInfo]:
    return [_describe(field) for field in msgspec.structs.fields(Settings)]


def load_settings(
    env: Mapping[str, str] | None = None,
    toml_path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then the TOML file, then `HARK_*` variables, then `overrides` (the command line); later ones
    win.
    """
    env = os.environ if env is None else env
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    found = toml_path or find_file(env, given.get("data"))
    values: dict[str, Any] = {}
    if found is not None:
        values |= _read_file(found)
    for field in msgspec.structs.fields(Settings):
        variable = PREFIX + field.name.upper()
        if variable in env:
            values[field.name] = _convert(field, env[variable], variable)
    for field in msgspec.structs.fields(Settings):
        if field.name in given:
            values[field.name] = _convert(field, given[field.name], f"--{field.name.replace('_', '-')}")
    return Settings(**values)


def find_file(env: Mapping[str, str], data: Any = None) -> Path | None:
    """HARK_CONFIG, which must exist, or hark.toml here or in the data folder, where one is."""
    if named := env.get("HARK_CONFIG"):
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"HARK_CONFIG names {path}, and there is no such file.")
        return path
    folder = Path(data or env.get("HARK_DATA", "data"))
    return next((path for path in (Path("hark.toml"), folder / "hark.toml") if path.is_file()), None)


def unknown_variables(env: Mapping[str, str]) -> list[str]:
    """`HARK_*` variables that mean nothing to us, each with the setting that may have been meant."""
    known = {PREFIX + field.name.upper() for field in msgspec.structs.fields(Settings)} | NOT_SETTINGS
    strange = sorted(name for name in env if name.startswith(PREFIX) and name not in known)
    return [f"{name} is not a setting{_near(name, known)}" for name in strange]


def _read_file(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from error
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    for key in raw:
        if key not in fields:
            raise SettingsError(f"{path}: there is no setting {key!r}{_near(key, fields)}.")
    return {key: _convert(fields[key], value, f"{key} in {path}") for key, value in raw.items()}


def _near(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _convert(field: msgspec.structs.FieldInfo, value: Any, where: str) -> Any:
    try:
        return msgspec.convert(value, field.type, strict=False, dec_hook=_decode)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        shown = "" if _is_secret(field.type) else f", not {str(value)!r}"
        raise SettingsError(f"{where} must be {_type_name(field.type)}{shown}.") from error


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    if kind is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise ValueError(f"expected text, got {type(value).__name__}")


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_secret(kind: Any) -> bool:
    return _bare(kind) is Secret


def _metas(kind: Any) -> Iterator[Meta]:
    return (part for part in get_args(kind) if isinstance(part, Meta))


def _describe(field: msgspec.structs.FieldInfo) -> SettingInfo:
    secret = _is_secret(field.type)
    default = "" if secret else _shown(field.default)
    description = " ".join(meta.description or "" for meta in _metas(field.type))
    return SettingInfo(
        name=field.name,
        variable=PREFIX + field.name.upper(),
        type=_type_name(field.type),
        default=default,
        description=description,
        secret=secret,
    )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type_name(kind: Any) -> str:
    bare = _bare(kind)
    if get_origin(bare) is Literal:
        return " | ".join(get_args(bare))
    names = {
        Secret: "a secret text",
        Path: "a folder",
        str: "a text",
        int: "a whole number",
        float: "a number",
        bool: "true | false",
    }
    bounds = [f"{meta.ge}..{meta.le}" for meta in _metas(kind) if meta.ge is not None]
    return " ".join([names[bare], *bounds])
