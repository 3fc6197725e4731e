"""The honest list beside every adapter: each rule done (by a named test), to do, or not for this platform."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

RULES: dict[str, str] = {
    "good_signature": "A rightly signed request is accepted.",
    "flipped_body": "The same signature under another body is refused.",
    "wrong_secret": "A missing, empty, foreign or outdated proof is refused.",
    "challenge": "The platform's question whether the address is ours is answered, and nobody else's.",
    "rotation": "Old and new secret are valid while they change.",
    "expectations": "Every fixture gives the events that are written down for it.",
    "purity": "Normalizing needs neither clock nor network nor chance.",
    "dedup_keys": "A redelivery has the same key, another event another.",
    "unknown_kinds": "What the platform invents tomorrow is kept and shown.",
    "mangled_input": "Broken input is refused in one way only.",
    "batch_order": "The order within a body is kept, and one broken event leaves the others alone.",
    "echo": "Our own messages are recognized when they come back.",
    "abilities": "Every declared ability is shown to work, every other is refused without a call.",
    "text_limits": "A text that is too long never reaches the network; one that just fits does.",
    "problems": "Every way in which a call can fail has its class, and no secret leaves with it.",
    "times": "Times are aware UTC; what no calendar has does no harm.",
    "media_in": "Files of customers can be fetched.",
    "media_out": "Files can be sent.",
    "history": "Earlier conversations can be imported, with the keys that webhooks have.",
    "look_up": "A send whose outcome is unknown can be looked up.",
    "profiles": "Names and pictures of people can be fetched.",
    "connect": "Connecting tries the credentials and says in a sentence what is wrong.",
    "health": "A connection can be checked, each check with a sentence.",
    "other_software": "Tested against software that was not written here.",
}


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a rule is. `tests` names test functions where it is done; `reason` says why it is not."""

    status: Literal["done", "todo", "exempt"]
    tests: tuple[str, ...] = ()
    reason: str = ""


class Quality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules` are those of every adapter, all of them; `own` are of this platform only. `reference` is what the
    adapter was built from."""

    platform: str
    reference: str
    rules: dict[str, Standing]
    own: dict[str, Standing] = {}


def load_quality(path: Path) -> Quality:
    return msgspec.yaml.decode(path.read_bytes(), type=Quality)


def faults_of(quality: Quality, known_tests: frozenset[str]) -> list[str]:
    """What is dishonest or missing, as sentences; empty when all is well."""
    faults = [f"{rule}: not mentioned" for rule in RULES if rule not in quality.rules]
    faults += [f"{rule}: there is no such rule" for rule in quality.rules if rule not in RULES]
    for rule, standing in {**quality.rules, **quality.own}.items():
        if standing.status == "done":
            missing = [test for test in standing.tests if test not in known_tests]
            faults += [f"{rule}: there is no test {test}" for test in missing]
            faults += [] if standing.tests else [f"{rule}: done, but no test is named"]
        elif not standing.reason.strip():
            faults.append(f"{rule}: {standing.status} without a reason")
    return faults
