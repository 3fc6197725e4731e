"""Who may do which act on the platform: the right, and what supervisors have withheld from agents."""

from __future__ import annotations

from hark.channels.contract import Ability, Adapter, SourceRules
from hark.kernel.errors import Forbidden
from hark.workspaces.models import WorkspaceSettings
from hark.workspaces.rights import Actor

RIGHT = "moderation:write"

ACTS = (
    Ability.HIDE,
    Ability.UNHIDE,
    Ability.DELETE,
    Ability.LIKE,
    Ability.UNLIKE,
    Ability.REACT,
    Ability.EDIT,
    Ability.BAN,
    Ability.UNBAN,
)
"""Acts that leave a trace, and need the right."""


def check_may(actor: Actor, settings: WorkspaceSettings, ability: Ability) -> None:
    """Raises Forbidden: the right is missing, or the act is withheld from agents (code `withheld`)."""
    if ability not in ACTS:
        return
    actor.check_right(RIGHT)
    if actor.role == "agent" and _withheld(settings, ability):
        words = ability.value.replace("_", " ")
        raise Forbidden(
            f"Your supervisors have kept “{words}” for themselves. Ask one of them.",
            code="withheld",
            ability=ability.value,
        )


def allowed_acts(
    actor: Actor, settings: WorkspaceSettings, adapter: Adapter | None, rules: SourceRules | None
) -> list[str]:
    """What this actor may do in a source, in one order."""
    if adapter is None or adapter.perform is None or rules is None or RIGHT not in actor.rights:
        return []
    return [
        ability.value
        for ability in ACTS
        if ability in rules.abilities and not (actor.role == "agent" and _withheld(settings, ability))
    ]


def _withheld(settings: WorkspaceSettings, ability: Ability) -> bool:
    match ability:
        case Ability.DELETE:
            return not settings.agents_may_delete
        case Ability.BAN | Ability.UNBAN:
            return not settings.agents_may_ban
        case _:
            return False
