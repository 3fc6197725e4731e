"""docs/capabilities.md: what can be done where, read from the manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from hark.channels.contract import (
    Ability,
    Adapter,
    AttachmentRule,
    Manifest,
    ReplyWindow,
    Source,
    SourceRules,
    TextLimit,
    pushes,
)

_HEAD = """\
# Capabilities

Made by `hark docs capabilities` from the adapters' manifests; a test keeps it current, and another refuses an adapter that
declares a source without a recorded event, or an ability without a case that shows the call.

A dot means that it can be done from Hark. Where a platform does not offer something that people look for, the reason stands
below the table.

"""

_COLUMNS = tuple(Ability)


def capabilities_page(adapters: Iterable[Adapter]) -> str:
    """The matrix platform x source x ability, and what stands behind it."""
    ordered = sorted(adapters, key=lambda adapter: adapter.manifest.name.lower())
    parts = [
        _HEAD + "## Abilities\n",
        *_table(["platform", "source", *(_words(each.value) for each in _COLUMNS)], _abilities(ordered)),
        "\n## Texts, files and reply windows\n",
        *_table(
            ["platform", "source", "text", "files in one message", "reply window", "private answer"],
            _limits(ordered),
        ),
        "\n## Ways in and connection\n",
        *_table(
            ["platform", "events come by", "earlier messages", "receipts", "sign-in", "tokens renewed"],
            map(_ways, ordered),
        ),
        "\n## Not offered, and why\n",
        *_missing(ordered),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _abilities(adapters: list[Adapter]) -> Iterator[list[str]]:
    for manifest, source, rules in _sources(adapters):
        yield [manifest.name, source.value, *("•" if each in rules.abilities else "" for each in _COLUMNS)]


def _limits(adapters: list[Adapter]) -> Iterator[list[str]]:
    for manifest, source, rules in _sources(adapters):
        yield [
            manifest.name,
            source.value,
            _text(rules.text) + (", longer ones in several messages" if rules.splits else ""),
            _files(rules),
            _window(rules.window),
            _window(rules.private_window) + (", one" if rules.private_once else ""),
        ]


def _sources(adapters: list[Adapter]) -> Iterator[tuple[Manifest, Source, SourceRules]]:
    for adapter in adapters:
        for source in Source:
            if (rules := adapter.manifest.sources.get(source)) is not None:
                yield adapter.manifest, source, rules


def _text(limit: TextLimit) -> str:
    link = f", a link {limit.link_length}" if limit.link_length else ""
    return f"{limit.maximum:,} {_UNITS[limit.unit.value]}{link}"


_UNITS = {
    "codepoints": "characters",
    "utf16": "UTF-16 units",
    "bytes": "bytes",
    "graphemes": "graphemes",
    "weighted": "weighted characters",
}


def _files(rules: SourceRules) -> str:
    if not rules.max_attachments:
        return ""
    kinds = ", ".join(f"{kind} {_size(rule)}" for kind, rule in sorted(rules.kinds.items()))
    return f"{rules.max_attachments}: {kinds}"


def _size(rule: AttachmentRule) -> str:
    mebibytes = rule.max_bytes / 2**20
    return f"{mebibytes:g} MiB" if mebibytes == int(mebibytes) else f"{rule.max_bytes:,} B"


def _window(window: ReplyWindow | None) -> str:
    if window is None:
        return ""
    human = f", a person {_span(window.human_seconds)}" if window.human_seconds else ""
    return _span(window.seconds) + human


def _span(seconds: int) -> str:
    span = timedelta(seconds=seconds)
    return f"{span.days} days" if span.days > 1 else f"{seconds // 3600} h"


def _ways(adapter: Adapter) -> list[str]:
    manifest = adapter.manifest
    ways = ["webhook"] if pushes(adapter) else []
    ways += ["stream"] if adapter.listen is not None else []
    ways += [f"poll every {manifest.poll_seconds:g} s"] if manifest.poll_seconds else []
    return [
        manifest.name,
        ", ".join(ways),
        "•" if adapter.fetch_page is not None else "",
        ", ".join(manifest.receipts),
        "OAuth" if adapter.authorization is not None else "pasted values",
        "•" if adapter.refresh is not None else "",
    ]


def _missing(adapters: list[Adapter]) -> Iterator[str]:
    for adapter in adapters:
        manifest = adapter.manifest
        for reasons in (manifest.absent, manifest.lacking):
            for what, reason in reasons.items():
                yield f"* **{manifest.name}, {_words(what.value)}:** {reason}"


def _words(name: str) -> str:
    return name.replace("_", " ")
