"""What a pigeon carries, and how often it flies."""

from hark.channels.contract import (
    Ability,
    Field,
    Manifest,
    RateLimit,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

BASE_URL = "https://api.pigeonpost.example"
_RULES = "Pigeon Post, terms of carriage, section 3"

MANIFEST = Manifest(
    platform="pigeonpost",
    name="Pigeon Post",
    sources={
        Source.DM: SourceRules(
            abilities=frozenset({Ability.REPLY, Ability.QUOTE}),
            text=TextLimit(280, Unit.CODEPOINTS, source=_RULES),
            splits=True,
        )
    },
    fields=(
        Field("loft", "Loft", help="The name of your loft, as the pigeons know it."),
        Field("key", "Key of the loft", secret=True, help="Hangs in the loft, beside the door."),
    ),
    hosts=("api.pigeonpost.example",),
    base_url=BASE_URL,
    rates=(RateLimit(5, 1.0, source=_RULES),),
)
