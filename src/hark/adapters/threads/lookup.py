"""Was an answer published whose confirmation never came? Our own replies are a list of their own."""

from __future__ import annotations

from hark.adapters._meta.graph import next_cursor, rows_of
from hark.adapters._meta.likeness import Listed, find, verdict
from hark.adapters._meta.replay import id_of
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.threads.client import graph_of
from hark.adapters.threads.send import parent_of
from hark.channels.contract import Account, NotSent, Outbound, Sent
from hark.infra.http import GuardedHttp


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """The answer as Threads has it; NotSent where the list reaches back to before we sent and does not have it."""
    answer = await graph_of(account, http).get(
        "me/replies", fields="id,text,timestamp,replied_to,media_type", limit="50"
    )
    parent = parent_of(outbound)
    rows = [
        Listed(
            id=text_id(row.get("id")) or "",
            at=instant(row.get("timestamp")),
            ours=id_of(row.get("replied_to")) in {None, parent},
            text=str(row.get("text") or ""),
            has_files=row.get("media_type") in {"IMAGE", "VIDEO"},
        )
        for row in rows_of(answer)
    ]
    found = find(rows, outbound)
    if found is None:
        return verdict(rows, outbound, complete=next_cursor(answer) is None)
    return Sent(found.id, found.at)
