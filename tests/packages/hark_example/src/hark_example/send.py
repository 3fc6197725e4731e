"""A letter out: checked first, then one call."""

from hark.channels.contract import Account, Outbound, Rejected, Sent, Source, Unconfirmed
from hark.infra.http import GuardedHttp
from hark_example.client import call
from hark_example.manifest import MANIFEST


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    limit = MANIFEST.sources[Source.DM].text.maximum
    if outbound.source is not Source.DM or outbound.private_to or outbound.attachments:
        raise Rejected("not_carried", "A pigeon carries letters only.")
    if not outbound.text.strip() or len(outbound.text) > limit:
        raise Rejected("wrong_length", f"A letter has 1 to {limit} characters.")
    body = {"to": outbound.thread_key, "text": outbound.text, "answers": outbound.quoted}
    answer = await call(account, http, "POST", "letters", body)
    ring = answer.get("ring")
    if not isinstance(ring, str) or not ring:
        raise Unconfirmed("no_ring", "The pigeon left without a ring.", http_status=200)
    return Sent(ring)
