"""The journal: facts of a workspace in one dense sequence, and how far each observer has read."""

from hark.journal.facts import Fact, FactKind, StoredFact, encode_fact, fact_of
from hark.journal.repository import (
    first_seq,
    last_seq,
    read_facts,
    record,
)

__all__ = [
    "Fact",
    "FactKind",
    "StoredFact",
    "encode_fact",
    "fact_of",
    "first_seq",
    "last_seq",
    "read_facts",
    "record",
]
