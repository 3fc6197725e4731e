"""A draft into the calls that carry it, by the platform's table. Pure.

A text is cut where a reader would pause: between paragraphs, else lines, else sentences, else words, else
between user-perceived characters. White space at a cut goes; nothing else is lost or added.
"""

from __future__ import annotations

from itertools import takewhile

import regex

from hark.channels.contract import SourceRules, TextLimit
from hark.channels.contract.limits import counts_links, fits, octets, units
from hark.delivery.models import Draft, DraftAttachment, Piece

_PAUSES = (
    regex.compile(r"\n\s*\n"),
    regex.compile(r"\n"),
    regex.compile(r"(?<=[.!?…][\"'”’»)\]]*)\s+|(?<=[。！？])"),
)
"""Strong to weak. A cut at one of these must leave a piece half full, or a weaker one serves better."""
_SPACE = regex.compile(r"\s+")
_NO_SPACE = regex.compile(r"\S+")

_VISUAL = frozenset({"image", "video"})


def split(draft: Draft, rules: SourceRules) -> list[Piece]:
    """The pieces in the order in which they leave. Quotation and private address go with the first."""
    if draft.template is not None:
        return [_piece(draft, draft.content, (), first=True)]
    groups = _group(draft.attachments, rules.max_attachments)
    if groups and _may_stand_beside(draft.content, groups[0], rules):
        parts = [(draft.content, groups[0]), *(("", group) for group in groups[1:])]
    else:
        texts = split_text(draft.content, rules.text) if draft.content.strip() else []
        parts = [*((text, ()) for text in texts), *(("", group) for group in groups)]
    return [_piece(draft, text, group, first=index == 0) for index, (text, group) in enumerate(parts)]


def _may_stand_beside(text: str, group: tuple[DraftAttachment, ...], rules: SourceRules) -> bool:
    return rules.caption is not None and group[0].kind not in rules.captionless and fits(text, rules.caption)


def _piece(draft: Draft, text: str, group: tuple[DraftAttachment, ...], *, first: bool) -> Piece:
    return Piece(
        text=text,
        attachments=tuple(attachment.id for attachment in group),
        quoted=draft.quoted if first else None,
        private_to=draft.private_to if first else None,
        by_human=draft.by_human,
        template=draft.template,
    )


def _group(attachments: tuple[DraftAttachment, ...], size: int) -> list[tuple[DraftAttachment, ...]]:
    """Runs of what fits one album: pictures and videos together, every other kind with its own."""
    groups: list[list[DraftAttachment]] = []
    for attachment in attachments:
        last = groups[-1] if groups else None
        if last is not None and len(last) < size and _family(last[0]) == _family(attachment):
            last.append(attachment)
        else:
            groups.append([attachment])
    return [tuple(group) for group in groups]


def _family(attachment: DraftAttachment) -> str:
    return "visual" if attachment.kind in _VISUAL else attachment.kind


def split_text(text: str, limit: TextLimit) -> list[str]:
    """Non-empty pieces that each keep the limit; a text that fits stays as it is."""
    if fits(text, limit):
        return [text]
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        end = _end(rest, limit)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return pieces


def _end(text: str, limit: TextLimit) -> int:
    """Where the first piece ends. A cut may make a link of what was none (example.com|pany); the piece is shorter then."""
    ends = _fitting(text, limit)
    cuts = (_cut(text, end) for end in reversed(ends))
    return next((cut for cut in cuts if fits(text[:cut].rstrip(), limit)), ends[0])


def _fitting(text: str, limit: TextLimit) -> list[int]:
    """How many code points of the text a piece may have, ascending: up to each unit that fits (or each code point, where a
    single unit is already too long)."""
    ends, used, taken, end = [], 0, 0, 0
    for unit, width in _whole_units(text, limit):
        used += width
        taken += octets(unit) if limit.max_bytes is not None else 0
        if used > limit.maximum or taken > (limit.max_bytes or 0):
            break
        end += len(unit)
        ends.append(end)
    return ends or list(range(1, _fitting_points(text, limit) + 1))


def _fitting_points(text: str, limit: TextLimit) -> int:
    """At least one, so that cutting ends."""
    ends = takewhile(lambda end: fits(text[:end], limit), range(1, limit.maximum + 1))
    return max([1, *ends])


def _whole_units(text: str, limit: TextLimit) -> list[tuple[str, int]]:
    """The units at the beginning of a text, enough of them to fill a piece. Only as much of the text is looked at as can
    matter, so that a very long text costs in proportion to its length."""
    span = limit.maximum + 1
    while True:
        if counts_links(limit) and (link := _NO_SPACE.match(text, span)):
            span = link.end()
        found = list(units(text[:span], limit))
        if span >= len(text):
            return found
        if sum(width for _, width in found[:-1]) >= limit.maximum:
            return found[:-1]
        span *= 2


def _cut(text: str, end: int) -> int:
    """Where to cut so that at most `end` code points stay in the piece."""
    if end >= len(text):
        return len(text)
    for pause in _PAUSES:
        at = _last(pause, text, end)
        if at * 2 >= end:
            return at
    return _last(_SPACE, text, end) or end


def _last(pause: regex.Pattern[str], text: str, end: int) -> int:
    """The start of the last pause that begins within the piece; 0 where there is none."""
    return max(
        (found.start() for found in pause.finditer(text, 0, end + 1) if found.start() <= end), default=0
    )
