"""A stand-in of the WhatsApp Cloud API, built from its documentation."""

from hark.kernel.clock import Clock, utc_now
from hark.standins.whatsapp.app import WhatsAppStandIn

__all__ = ["WhatsAppStandIn", "create_standin"]


def create_standin(clock: Clock = utc_now) -> WhatsAppStandIn:
    return WhatsAppStandIn(clock)
