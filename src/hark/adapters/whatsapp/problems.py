"""What an error of the Cloud API means for a message and its account, by code: in the answer to a send, or in the status
that reports later that an accepted message failed.

Codes and their meaning: the Cloud API's table of errors (May 2026) and those of the Graph API. A sentence says what the
agent or the administrator can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from hark.adapters._meta.errors import GraphError, retry_after
from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed

Meaning = Literal[
    "reconnect", "blocked", "limit", "pair", "spam", "unsure", "retry", "rejected", "unreachable"
]

PAIR_SECONDS = 6.0
"""To one person about one message in 6 seconds is allowed on average."""
SPAM_SECONDS = 3600.0

_SIGN_IN = "WhatsApp no longer accepts the access token. Connect the number again with a new one."
_RIGHTS = "The app lacks a permission for this number. Grant it and connect the number again."
_TEMPLATE = "Send a template instead."
_MANAGER = "See the account in WhatsApp Manager."

_BY_CODE: Mapping[int, tuple[Meaning, str]] = {
    0: ("reconnect", _SIGN_IN),
    1: ("unsure", "WhatsApp had an unknown failure."),
    2: ("unsure", "WhatsApp is temporarily unavailable."),
    3: ("reconnect", _RIGHTS),
    4: ("limit", "The app has made too many calls to WhatsApp."),
    10: ("reconnect", _RIGHTS),
    33: ("rejected", "WhatsApp does not know this number of ours. Check the phone number ID of the account."),
    100: ("rejected", ""),
    102: ("reconnect", _SIGN_IN),
    190: ("reconnect", _SIGN_IN),
    368: ("blocked", f"WhatsApp has restricted the account for reasons of policy. {_MANAGER}"),
    80007: ("limit", "The WhatsApp account has made too many calls."),
    80008: ("limit", "The WhatsApp account has made too many calls."),
    130429: ("limit", "Too many messages were sent from this number in a short time."),
    130472: (
        "rejected",
        "WhatsApp did not deliver it: the customer's number is part of an experiment with marketing messages.",
    ),
    130497: ("rejected", "The WhatsApp account may not write to people in this country."),
    131000: ("retry", "WhatsApp had an unknown failure."),
    131005: ("reconnect", _RIGHTS),
    131008: ("rejected", "WhatsApp misses something in the message; this is an error of ours."),
    131009: ("rejected", ""),
    131016: ("retry", "WhatsApp is temporarily unavailable."),
    131021: ("rejected", "The number cannot write to itself."),
    131026: (
        "unreachable",
        "It could not be delivered: the person has no WhatsApp, blocked the number, has not accepted the terms, "
        "or uses an outdated version.",
    ),
    131030: (
        "rejected",
        "This is a test number, and the recipient is not on its list. Add the person under WhatsApp, API Setup.",
    ),
    131031: ("blocked", f"The WhatsApp account is locked. {_MANAGER}"),
    131037: ("blocked", f"The display name of the number is not approved yet. {_MANAGER}"),
    131042: ("blocked", f"WhatsApp has a problem with the payment method. {_MANAGER}"),
    131045: ("blocked", "The number is not registered rightly with WhatsApp. Register it again."),
    131047: ("rejected", f"More than 24 hours have passed since the customer's last message. {_TEMPLATE}"),
    131048: (
        "spam",
        "WhatsApp holds the number back because earlier messages were blocked or reported as spam.",
    ),
    131049: (
        "rejected",
        "WhatsApp chose not to deliver it, so that the person does not get too much marketing. Do not repeat it "
        "today.",
    ),
    131050: ("rejected", "The customer has stopped marketing messages from this number."),
    131051: ("rejected", "WhatsApp does not take messages of this kind."),
    131052: ("retry", "WhatsApp could not get the file."),
    131053: ("rejected", ""),
    131056: ("pair", "Too many messages were sent to this person in a short time."),
    131057: ("limit", "The WhatsApp account is in maintenance."),
    131062: ("rejected", "WhatsApp does not take this person's user ID for this message."),
    131063: ("rejected", "WhatsApp does not know this person's user ID any more."),
    131064: ("rejected", "This message needs the person's phone number, which WhatsApp hides."),
    132000: ("rejected", "The template wants another number of values. Fill in all of them."),
    132001: ("rejected", "There is no such template in this language, or it is not approved yet."),
    132005: ("rejected", "With these values the template is too long."),
    132007: ("rejected", "The template breaks a rule of WhatsApp's. Choose another."),
    132012: ("rejected", "A value does not have the form that the template wants."),
    132015: ("rejected", "The template is paused because people rated it badly. Choose another."),
    132016: ("rejected", "The template was disabled for good. Choose another."),
    132068: ("rejected", "The form in this message is blocked by WhatsApp."),
    132069: ("retry", "The form in this message is slowed down by WhatsApp."),
    133010: ("blocked", "The number is not registered with WhatsApp. Register it, and connect it again."),
    133016: ("limit", "The number was registered too often; WhatsApp wants a pause."),
    135000: ("rejected", ""),
    137000: ("rejected", "WhatsApp does not let this number write to the group."),
    139100: ("rejected", "WhatsApp could not block this person."),
    139101: ("rejected", "The list of blocked people is full."),
    139102: ("rejected", "The list of blocked people is being changed elsewhere. Try it again."),
    139103: ("rejected", "WhatsApp could not block this person. Try it again."),
}
_PERMISSION_CODES = range(200, 300)


def problem_of(
    error: GraphError, *, status: int, headers: Mapping[str, str], creates: bool, details: str = ""
) -> PlatformProblem:
    """The exception that this error is. `creates` marks a call that must not be repeated when its outcome is
    unclear; `details` is the API's own explanation, where it has one."""
    meaning, sentence = _meaning(error, status)
    message = sentence or f"WhatsApp refused: {details or error.user_message or error.message or error.name}"
    if meaning in {"reconnect", "blocked"}:
        return Reconnect(error.name, message, http_status=status)
    if meaning in {"limit", "spam", "pair"}:
        least = {"spam": SPAM_SECONDS, "pair": PAIR_SECONDS}.get(meaning)
        scope = "conversation" if meaning == "pair" else "account"
        wait = retry_after(headers) or least
        return TryAgain(error.name, message, http_status=status, retry_after=wait, scope=scope)
    if meaning == "unsure" and creates:
        return Unconfirmed(error.name, message, http_status=status)
    if meaning in {"retry", "unsure"}:
        return TryAgain(error.name, message, http_status=status, retry_after=retry_after(headers))
    return Rejected(error.name, message, http_status=status, unreachable=meaning == "unreachable")


def _meaning(error: GraphError, status: int) -> tuple[Meaning, str]:
    known = _BY_CODE.get(error.code)
    if known is not None:
        return known
    if error.code in _PERMISSION_CODES:
        return "reconnect", _RIGHTS
    if status == 429:
        return "limit", "WhatsApp asks to wait."
    return ("unsure" if error.transient or status >= 500 else "rejected"), ""


def failure_of(code: int | None, told: str) -> tuple[str, bool]:
    """The sentence for a message that failed after it had been accepted, and whether the person cannot be reached.
    `told` is what the notification says."""
    meaning, sentence = _BY_CODE.get(code if code is not None else -1, ("rejected", ""))
    return sentence or told or "WhatsApp could not deliver it.", meaning == "unreachable"
