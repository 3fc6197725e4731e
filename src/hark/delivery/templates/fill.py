"""A template filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hark.channels.contract import OutboundTemplate, Template
from hark.kernel.errors import Invalid
from hark.kernel.text import storable

_BLANK = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")

LONGEST_VALUE = 1024
"""Code points of one value; platforms that take less say so themselves."""


def blanks_of(template: Template) -> tuple[str, ...]:
    """The names of a template's blanks in the order in which values are given: as the platform lists them, else as they
    stand in the text, numbered ones by their number."""
    if template.parameters:
        return template.parameters
    found = tuple(dict.fromkeys(_BLANK.findall(template.body)))
    return tuple(sorted(found, key=int)) if all(name.isdigit() for name in found) else found


def fill(template: Template, values: Sequence[str]) -> tuple[str, OutboundTemplate]:
    """The text that the customer will read, and what the adapter sends. Raises Invalid where a value is missing, empty,
    too long, or too many."""
    blanks = blanks_of(template)
    given = [storable(value.strip()) for value in values]
    _check(blanks, given)
    by_name = dict(zip(blanks, given, strict=True))
    text = _BLANK.sub(lambda found: by_name.get(found[1], found[0]), template.body)
    return text, OutboundTemplate(template.name, template.language, tuple(given), template.parameters)


def _check(blanks: Sequence[str], values: Sequence[str]) -> None:
    if len(values) != len(blanks):
        raise Invalid(
            f"This template needs {len(blanks)} values, and {len(values)} were given.",
            code="template_values",
            fields={"template.values": f"{len(blanks)} are needed"},
        )
    wrong = {
        f"template.values.{index}": "is empty" if not value else f"at most {LONGEST_VALUE} characters"
        for index, value in enumerate(values)
        if not value or len(value) > LONGEST_VALUE
    }
    if wrong:
        raise Invalid("Every blank of the template needs a value.", code="template_values", fields=wrong)
