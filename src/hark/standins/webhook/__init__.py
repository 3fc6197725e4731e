"""A system that speaks the webhook channel, built from its documentation."""

from hark.kernel.clock import Clock, utc_now
from hark.standins.webhook.app import WebhookStandIn

__all__ = ["WebhookStandIn", "create_standin"]


def create_standin(clock: Clock = utc_now) -> WebhookStandIn:
    return WebhookStandIn(clock)
