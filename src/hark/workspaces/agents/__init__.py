"""Agents: their status, capacity, skills, languages, teams and hours."""

from hark.workspaces.agents.models import (
    Agent,
    AgentLanguage,
    AgentSkill,
    ListedAgent,
    Skill,
    Team,
    WorkingHours,
)
from hark.workspaces.agents.status import Standing, decide_status

__all__ = [
    "Agent",
    "AgentLanguage",
    "AgentSkill",
    "ListedAgent",
    "Skill",
    "Standing",
    "Team",
    "WorkingHours",
    "decide_status",
]
