"""A stand-in of YouTube's comments, built from the Data API's documentation."""

from hark.kernel.clock import Clock, utc_now
from hark.standins.youtube.app import YouTubeStandIn

__all__ = ["YouTubeStandIn", "create_standin"]


def create_standin(clock: Clock = utc_now) -> YouTubeStandIn:
    return YouTubeStandIn(clock)
