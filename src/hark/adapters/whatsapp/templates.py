"""Texts that WhatsApp approved beforehand, which may be sent at any time.

A template has a header, a body, a footer and buttons. Its blanks are named in one list, in the order of reading:
`header_1` or `header_<name>` for one in the header, the number or name itself for one in the body, `url_<n>` for the
end of a button's link, where n counts the buttons from 0. Templates whose header is a picture, a film, a file or a
place are not offered: they want a file at each sending.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hark.adapters.whatsapp.client import cloud_of, rows_of
from hark.channels.contract import Account, OutboundTemplate, Rejected, Template
from hark.infra.http import GuardedHttp

MOST_PAGES = 20
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}", re.ASCII)
_HEADER = "header_"
_URL = "url_"


async def list_templates(account: Account, http: GuardedHttp) -> tuple[Template, ...]:
    """The approved templates that can be sent with words alone."""
    cloud, found = cloud_of(account, http), list[Template]()
    path, after = f"{account.fields.get('waba_id', '')}/message_templates", ""
    for _ in range(MOST_PAGES):
        query = {"limit": "100", "status": "APPROVED", **({"after": after} if after else {})}
        answer = await cloud.get(path, **query)
        found += [template for row in rows_of(answer) if (template := read_template(row))]
        paging = answer.get("paging")
        cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
        after = str(cursors.get("after") or "") if isinstance(cursors, dict) else ""
        if not after:
            break
    return tuple(sorted(found, key=lambda each: (each.name, each.language)))


def read_template(row: Mapping[str, Any]) -> Template | None:
    """A row of the list; None for what is not approved or needs more than words."""
    name, language = row.get("name"), row.get("language")
    if row.get("status") != "APPROVED" or not isinstance(name, str) or not isinstance(language, str):
        return None
    words: list[str] = []
    parameters: list[str] = []
    for component in rows_of(row, "components"):
        if not _add(component, words, parameters):
            return None
    return Template(
        name=name,
        language=language,
        body="\n".join(words),
        parameters=tuple(dict.fromkeys(parameters)),
        category=str(row.get("category") or ""),
    )


def _add(component: Mapping[str, Any], words: list[str], parameters: list[str]) -> bool:
    """Puts one part's words and blanks to the others. False where the part needs more than words."""
    kind, text = str(component.get("type") or "").upper(), component.get("text")
    text = text if isinstance(text, str) else ""
    if kind == "HEADER":
        if str(component.get("format") or "TEXT").upper() != "TEXT":
            return False
        parameters += [_HEADER + blank for blank in _BLANK.findall(text)]
        words.append(_BLANK.sub(lambda blank: "{{" + _HEADER + blank.group(1) + "}}", text))
    elif kind == "BODY":
        parameters += _BLANK.findall(text)
        words.append(_BLANK.sub(r"{{\1}}", text))
    elif kind == "FOOTER":
        words.append(text)
    elif kind == "BUTTONS":
        return _add_buttons(rows_of(component, "buttons"), words, parameters)
    else:
        return kind == ""
    return True


def _add_buttons(buttons: Iterable[Mapping[str, Any]], words: list[str], parameters: list[str]) -> bool:
    for index, button in enumerate(buttons):
        kind, url = str(button.get("type") or "").upper(), str(button.get("url") or "")
        if kind not in {"URL", "QUICK_REPLY", "PHONE_NUMBER"}:
            return False
        shown = f"[{button.get('text') or kind.lower()}]"
        if _BLANK.search(url):
            parameters.append(f"{_URL}{index}")
            shown += " " + _BLANK.sub("{{" + f"{_URL}{index}" + "}}", url)
        words.append(shown)
    return True


def template_of(chosen: OutboundTemplate) -> dict[str, Any]:
    """The template part of a message."""
    names = chosen.parameters or tuple(str(number) for number in range(1, len(chosen.values) + 1))
    if len(names) != len(chosen.values) or not all(value.strip() for value in chosen.values):
        raise Rejected("template_values", "The template wants a value for each blank. Fill in all of them.")
    given = list(zip(names, chosen.values, strict=True))
    components: list[dict[str, Any]] = []
    header = [(name[len(_HEADER) :], value) for name, value in given if name.startswith(_HEADER)]
    if header:
        components.append({"type": "header", "parameters": _texts(header)})
    body = [(name, value) for name, value in given if not name.startswith((_HEADER, _URL))]
    if body:
        components.append({"type": "body", "parameters": _texts(body)})
    components += [
        {
            "type": "button",
            "sub_type": "url",
            "index": name[len(_URL) :],
            "parameters": [{"type": "text", "text": value}],
        }
        for name, value in given
        if name.startswith(_URL)
    ]
    language = {"code": chosen.language}
    return {"name": chosen.name, "language": language, **({"components": components} if components else {})}


def _texts(given: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Numbered blanks go by their order, named ones by their name."""
    return [
        {"type": "text", "text": value}
        if name.isdigit()
        else {"type": "text", "parameter_name": name, "text": value}
        for name, value in given
    ]
