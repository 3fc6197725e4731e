"""A post's HTML as text: lines and paragraphs stay, whatever is hidden inside a shortened link comes back."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_PARAGRAPHS = ("p", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "div")
_BREAKS = {**dict.fromkeys(_PARAGRAPHS, ("\n\n", "\n\n")), "li": ("\n- ", "")}
_DROPPED = frozenset({"script", "style", "head", "template"})


def text_of(html: str) -> str:
    if "<" not in html and "&" not in html:
        return html.strip()
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    text = "".join(_pieces(body))
    lines = [line.strip(" \t") for line in text.replace("\u00a0", " ").split("\n")]
    return _without_gaps("\n".join(lines)).strip()


def _pieces(body: LexborNode) -> Iterator[str]:
    """Depth first, with a stack of its own: HTML may be nested deeper than functions can be. A paragraph stands between empty
    lines, an item of a list on its own line."""
    waiting: list[LexborNode | str] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
            continue
        tag = node.tag
        if tag == "-text":
            yield node.text_content or ""
        elif tag == "br":
            yield "\n"
        elif tag not in _DROPPED:
            before, after = _BREAKS.get(tag or "", ("", ""))
            yield before
            waiting += [after, *_children_backwards(node)] if after else _children_backwards(node)


def _children_backwards(node: LexborNode) -> Iterator[LexborNode]:
    child = node.last_child
    while child is not None:
        yield child
        child = child.prev


def _without_gaps(text: str) -> str:
    """At most one empty line in a row."""
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text
