"""What every stand-in has in common: misbehaviour on request, a record of the calls, webhooks, and a way to be told
what somebody on the platform does."""

from hark.standins.kit.calls import Call, Calls
from hark.standins.kit.control import Controlled
from hark.standins.kit.faults import Fault, Faults, WebhookFaults
from hark.standins.kit.gate import FaultGate
from hark.standins.kit.standin import Accepted, StandIn
from hark.standins.kit.webhooks import Notifier

__all__ = [
    "Accepted",
    "Call",
    "Calls",
    "Controlled",
    "Fault",
    "FaultGate",
    "Faults",
    "Notifier",
    "StandIn",
    "WebhookFaults",
]
