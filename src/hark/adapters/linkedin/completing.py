"""What a notification of a comment leaves out (the comment that is answered, pictures), asked of the Comments API.

Every call counts against the day's limit: where several comments of one post are new, the post's list answers for all of them
that are top comments, and only the rest is asked for one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest
from hark.adapters.linkedin.comments import urn_of
from hark.adapters.linkedin.lists import elements
from hark.adapters.linkedin.payloads import Comment
from hark.channels.contract import PlatformProblem, Reconnect

LOOKED_UP = frozenset({"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"})
LIST_FROM = 3
"""New comments of one post from which on its list is cheaper than asking for each."""
AT_ONCE = 50


class Looks(msgspec.Struct):
    """Comments as the API gave them, by URN; `None` for what is gone. What is not in it could not be asked for."""

    found: dict[str, dict[str, Any] | None] = msgspec.field(default_factory=dict)


async def look_at(rest: Rest, names: Iterable[str]) -> Looks:
    """Asks for comments. A problem ends the looking and holds back nothing; only a dead token is raised."""
    looks, wanted = Looks(), list(dict.fromkeys(names))
    try:
        posts = Counter(parts[0] for name in wanted if (parts := urns.parts_of(name)))
        for post in [post for post, count in posts.items() if count >= LIST_FROM]:
            looks.found |= await _listed(rest, post)
        for name in wanted:
            if name not in looks.found:
                looks.found[name] = await _one(rest, name)
    except Reconnect:
        raise
    except PlatformProblem:
        pass
    return looks


async def _listed(rest: Rest, post: str) -> dict[str, dict[str, Any] | None]:
    """The first top comments of a post."""
    try:
        answer = await rest.get(f"socialActions/{urns.encoded(post)}/comments?start=0&count={AT_ONCE}")
    except PlatformProblem as problem:
        if problem.http_status == 404:
            return {}
        raise
    return {name: row for row in elements(answer) if (name := _name(row)) is not None}


async def _one(rest: Rest, name: str) -> dict[str, Any] | None:
    post, number = urns.parts_of(name) or ("", "")
    try:
        return await rest.get(f"socialActions/{urns.encoded(post)}/comments/{number}")
    except PlatformProblem as problem:
        if problem.http_status == 404:
            return None
        raise


async def parent_of(rest: Rest, name: str) -> str | None:
    """The comment that this one answers, if it does."""
    comment = await _one(rest, name)
    return urns.urn(comment.get("parentComment")) if comment else None


def _name(row: Any) -> str | None:
    try:
        return urn_of(msgspec.convert(row, Comment))
    except msgspec.ValidationError:
        return None


def comment_named_by(row: Any) -> str | None:
    """The comment that a notification is about, where it does not tell whether another one is answered."""
    if not isinstance(row, dict) or row.get("action") not in LOOKED_UP or "parentComment" in _decorated(row):
        return None
    found = urns.urn(_decorated(row).get("entity")) or urns.urn(row.get("generatedActivity"))
    return found if found is not None and urns.parts_of(found) else None


def with_parent(row: Any, comment: Mapping[str, Any] | None) -> Any:
    """The notification as it would be if it named the parent."""
    parent = urns.urn(comment.get("parentComment")) if comment else None
    if parent is None or not isinstance(row, dict):
        return row
    told = {**_decorated(row), "parentComment": parent}
    return {**row, "decoratedGeneratedActivity": {"comment": told}}


def tells_more(comment: Mapping[str, Any]) -> bool:
    """Whether the comment has something that its notification has not."""
    created, changed = comment.get("created"), comment.get("lastModified")
    edited = (
        isinstance(created, dict) and isinstance(changed, dict) and created.get("time") != changed.get("time")
    )
    return bool(comment.get("parentComment") or comment.get("content") or edited)


def _decorated(row: Mapping[str, Any]) -> dict[str, Any]:
    generated = row.get("decoratedGeneratedActivity")
    comment = generated.get("comment") if isinstance(generated, dict) else None
    return comment if isinstance(comment, dict) else {}
