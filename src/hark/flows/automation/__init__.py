"""Rules at work. What happens is queued for them in its own transaction (`follow`, `follow_ingest`); a worker loop judges
and does (`rules_loop`), and what has to be done outside is done by another (`outside_loop`). See docs/rules.md."""

from hark.flows.automation.enqueue import follow, follow_ingest

__all__ = ["follow", "follow_ingest"]
