"""The first start's story: every source is there, in words that a person would write."""

from __future__ import annotations

from hark.kernel.clock import utc_now
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.story import tell_story


def test_the_story_has_every_source_a_picture_and_several_languages() -> None:
    network = Network(utc_now, "token")
    tell_story(network)
    items = list(network.state.items.values())
    assert {item.source for item in items} == {"dm", "comment", "mention", "review"}
    assert sum(bool(item.media) for item in items) == 1
    assert all(media.size > 1000 for media in network.state.media.values())
    assert {network.state.people[item.author].language for item in items} >= {"en", "de", "ar", "ja"}
