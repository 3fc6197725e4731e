"""Logs of one line each without secrets, and the metrics that /metrics shows."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from hark.infra.settings import Settings
from hark.kernel.secrets import Secret

HIDDEN = "…"

_SECRET_NAMES = re.compile(r"secret|token|password|authorization|cookie|api_?key|private_?key", re.IGNORECASE)
_HARMLESS_NAMES = frozenset({"tokens", "token_count", "secret_name"})
_SECRET_SHAPES = (
    (
        re.compile(
            r"(?i)\b((?:access_token|client_secret|appsecret_proof|password|token|secret)=)[^&\s\"']+"
        ),
        r"\1",
    ),
    (re.compile(r"(?i)\b(bearer |basic )[^\s,\"']{8,}"), r"\1"),
    (re.compile(r"()(?<!\d)\d{6,}:[\w-]{30,}"), r"\1"),
    (re.compile(r"\b(hk_)[\w-]{8,}"), r"\1"),
    (re.compile(r"\b(EAA)[A-Za-z0-9]{16,}"), r"\1"),
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+(?=@)"), r"\1"),
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

WEBHOOKS = Counter(
    "hark_webhooks", "Webhook requests by platform and answer.", ["platform", "status"], registry=REGISTRY
)
WEBHOOK_SECONDS = Histogram(
    "hark_webhook_seconds",
    "Seconds from a webhook's body to its answer.",
    ["platform"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
RAW_EVENTS = Counter(
    "hark_raw_events",
    "Raw events by platform and fate: recorded, duplicate.",
    ["platform", "fate"],
    registry=REGISTRY,
)
INGESTED = Counter(
    "hark_ingested",
    "Raw events worked off by state: done, ignored, quarantined.",
    ["state"],
    registry=REGISTRY,
)
INGEST_SECONDS = Histogram(
    "hark_ingest_lag_seconds",
    "Seconds from the receipt of a raw event to its facts.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "hark_deliveries", "Attempts to send by platform and outcome.", ["platform", "outcome"], registry=REGISTRY
)
MEDIA_FILES = Counter("hark_media_files", "Files fetched by outcome.", ["outcome"], registry=REGISTRY)
LIVE_CLIENTS = Gauge("hark_live_clients", "Live connections of this process.", registry=REGISTRY)
LIVE_DROPPED = Counter("hark_live_dropped", "Live connections closed by us.", ["reason"], registry=REGISTRY)
LOOP_RESTARTS = Counter(
    "hark_loop_restarts", "Restarts of a worker's loop after a failure.", ["loop"], registry=REGISTRY
)
JOBS = Counter("hark_jobs", "Background jobs by name and outcome.", ["job", "outcome"], registry=REGISTRY)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A module's logger: `log = logger(__name__)`, then `log.info("what happened", name=value)`."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return found


def render_metrics() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


def configure_logging(settings: Settings) -> None:
    """Sends our lines and those of the libraries through the same redaction to standard error."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            *([structlog.processors.JSONRenderer()] if as_json else [one_line]),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for chatty in (
        "httpx",
        "uvicorn",
        "alembic",
        "httpcore",
        "websockets",
        "pgqueuer",
        "asyncio",
        "multipart",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values under telling names and everything that has the shape of a credential."""
    return {key: _hide(key, value) for key, value in event.items()}


def hide_secrets(text: str) -> str:
    """The text with everything that has the shape of a credential cut out."""
    for shape, kept in _SECRET_SHAPES:
        text = shape.sub(lambda found, kept=kept: found.expand(kept) + HIDDEN, text)  # type: ignore[misc]
    return text


def one_line(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    """`time level event name=value ...` for people; control characters are escaped."""
    given = dict(event)
    time, level = given.pop("timestamp", ""), given.pop("level", "")
    what, trace = given.pop("event", ""), given.pop("exception", None)
    given.pop("logger", None)
    pairs = "".join(f" {key}={_plain(value)}" for key, value in given.items())
    line = f"{time[11:23]} {level:<7} {_escape(str(what))}{pairs}"
    return f"{line} | {_escape(trace)}" if trace else line


def _hide(key: str, value: Any) -> Any:
    if isinstance(value, Secret):
        return HIDDEN
    if key not in _HARMLESS_NAMES and _SECRET_NAMES.search(key):
        return HIDDEN if value else value
    if isinstance(value, str):
        return hide_secrets(value)
    if isinstance(value, dict):
        return {inner: _hide(str(inner), of) for inner, of in value.items()}
    if isinstance(value, list | tuple):
        return [_hide("", of) for of in value]
    return value if isinstance(value, int | float | bool | None) else hide_secrets(str(value))


def _plain(value: Any) -> str:
    text = _escape(str(value))
    return repr(text) if " " in text or not text else text


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
