"""Texts as people wrote them: X escapes `& < >`, shortens every link to t.co, and puts links to files and to the quoted
post at the end. Offsets are not used: the samples of X itself have some that lie behind the text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from hark.adapters.x.payloads import Link

POST_ADDRESS = re.compile(
    r"https?://(?:[\w-]+\.)?(?:twitter|x)\.com/[^/\s]+(?:/web)?/status(?:es)?/(\d+)", re.ASCII
)
_FILE_ADDRESS = re.compile(
    r"https?://(?:twitter|x)\.com/(?:messages/media/\d+|[^/\s]+/status/\d+/(?:photo|video)/\d+)"
)


def plain(
    text: str | None, links: Iterable[Link], *, gone: Iterable[str] = (), quoted: str | None = None
) -> str:
    """The text with real addresses. Links to attached files (`gone`, and those that show themselves as such) and to the
    `quoted` post are left out: both are shown beside the text."""
    if not text:
        return ""
    if "t.co/" in text:
        text = _with_addresses(text, links, frozenset(gone), quoted)
    if "&" in text:
        text = html.unescape(text)
    return text.strip()


def _with_addresses(text: str, links: Iterable[Link], gone: frozenset[str], quoted: str | None) -> str:
    for url in gone:
        text = text.replace(url, "")
    for link in links:
        if not link.url or link.url not in text:
            continue
        target = link.expanded_url or ""
        text = text.replace(link.url, "" if _beside(link, target, quoted) else _escaped(target or link.url))
    return text


def _beside(link: Link, target: str, quoted: str | None) -> bool:
    if link.media_key is not None or _FILE_ADDRESS.match(target):
        return True
    post = POST_ADDRESS.match(target)
    return quoted is not None and post is not None and post.group(1) == quoted


def _escaped(target: str) -> str:
    """The text is unescaped afterwards as a whole; addresses are not escaped and must survive it."""
    return target.replace("&", "&amp;")


def post_in(link: Link) -> str | None:
    """The id of the post that a link leads to."""
    found = POST_ADDRESS.match(link.expanded_url or "")
    return found.group(1) if found and not _FILE_ADDRESS.match(link.expanded_url or "") else None
