"""The doctor's lines in English, for the command line; the page has them in its catalogs, in the same words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hark.flows.doctor import HealthLine

SENTENCES = {
    "token_lost": "The network no longer accepts the access.",
    "token_refused": "The network refuses the access.",
    "token_expired": "The access ended on {at}.",
    "token_not_renewed": "Renewing the access failed {failures} times; it ends on {at}.",
    "token_ends_soon": "The access ends on {at}.",
    "token_good": "The access works.",
    "token_renews": "The access works until {at} and is renewed before.",
    "token_until": "The access works until {at}.",
    "scopes_good": "All permissions are given.",
    "scopes_missing": "Permissions are missing.",
    "subscription_lost": "The network does not report events here.",
    "never_called": "The network has not reported anything yet.",
    "subscription_good": "The network reports events here.",
    "quota_used_up": "“{kind}” is used up until {at}: answers wait.",
    "reading_paused": "“{kind}” is nearly used up: reading waits until {at}, answers still leave.",
    "quota_unknown": "No limit is near.",
    "quota_left": "{left} calls left of “{kind}” until {at}.",
    "sending_fails": "Sending has failed since {since}; the next try is at {at}.",
    "sending_waits": "The network asks to wait until {at}.",
    "no_event": "Nothing has come yet.",
    "event": "{at}",
    "reconciliation_late": "What the network lists was last compared on {at}.",
    "reconciled": "Compared with what the network lists on {at}.",
    "stream_fails": "The stream has not been open since {since}.",
    "stream_stands": "Open since {since}.",
    "stream_waits": "Not open yet.",
    "poll_fails": "Asking for new events has failed since {since}.",
    "polled": "Asked on {at}.",
    "check_good": "In order.",
    "check_bad": "Not in order.",
    "unreachable": "It has not answered since {since}.",
    "look_late": "It was last asked on {at}.",
}

REMEDIES = {
    "reconnect": "Connect the account again.",
    "reconnect_before": "Connect the account again before that.",
    "authorize_again": "Connect the account again and allow what is asked for.",
    "public_address": "Hark needs a public https address for this network; see the setup below.",
    "connect_again": "Connect the account again to take the events back.",
    "set_webhook": "Set the webhook on the network’s side; the setup below shows how.",
    "wait": "Nothing to do: Hark goes on by itself then.",
    "look_at_logs": "Is a worker running? Its log says what holds it up.",
    "retries": "Hark tries again by itself.",
}


def sentence_of(line: HealthLine) -> str:
    """What was found, the platform's own words, and what to do."""
    values = {name: _shown(value) for name, value in line.values.items()}
    found = SENTENCES[line.code].format_map(values)
    remedy = REMEDIES[line.remedy] if line.remedy else ""
    return " ".join(part for part in (found, line.detail or "", remedy) if part)


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
