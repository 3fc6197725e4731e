"""Routing policies as supervisors write them: checked, kept, and looked at for what nobody could satisfy."""

from hark.routing.policies.keeping import (
    RoutingPolicyDraft,
    Warned,
    create_policy,
    list_policies,
    load_policy,
    remove_policy,
    replace_policy,
)

__all__ = [
    "RoutingPolicyDraft",
    "Warned",
    "create_policy",
    "list_policies",
    "load_policy",
    "remove_policy",
    "replace_policy",
]
