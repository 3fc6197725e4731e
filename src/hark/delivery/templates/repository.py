"""SQL of the templates of accounts, as their platforms last listed them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.infra.db import Statement


class KeptTemplates(msgspec.Struct, frozen=True):
    """What an account's platform listed at `at`: plain values of `Template`."""

    templates: list[dict[str, Any]]
    at: datetime


KEEP: Statement[None] = Statement(
    """
    INSERT INTO account_templates (workspace_id, account_id, templates, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, account_id) DO UPDATE SET templates = EXCLUDED.templates, at = EXCLUDED.at
    WHERE account_templates.at <= EXCLUDED.at
    """
)

FIND = Statement(
    "SELECT templates, at FROM account_templates WHERE workspace_id = $1 AND account_id = $2", KeptTemplates
)
"""Whoever changes the table's shape reads older rows too: `msgspec.convert` fills in what is new."""
