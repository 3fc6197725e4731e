"""What a platform is and allows, as data: composer, sender, API and docs read the same table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Source(StrEnum):
    """The kind of place on a platform."""

    DM = "dm"
    COMMENT = "comment"
    MENTION = "mention"
    REVIEW = "review"


class Ability(StrEnum):
    """What an agent (or Hark for the agent) can do in a source."""

    REPLY = "reply"
    QUOTE = "quote"
    """A reply may point at one earlier message."""
    PRIVATE_REPLY = "private_reply"
    """Answer a public comment by a direct message."""
    TYPING = "typing"
    MARK_READ = "mark_read"
    HIDE = "hide"
    UNHIDE = "unhide"
    LIKE = "like"
    UNLIKE = "unlike"
    DELETE = "delete"
    """Remove somebody's comment, or our own message, on the platform."""
    EDIT = "edit"
    """Change our own message on the platform."""
    REACT = "react"
    BAN = "ban"
    """Keep the author of a message from writing to us."""
    UNBAN = "unban"
    TEMPLATE = "template"
    """Send a text that the platform approved beforehand, also when the reply window is closed."""


class Unit(StrEnum):
    """How a platform counts the length of a text."""

    CODEPOINTS = "codepoints"
    UTF16 = "utf16"
    BYTES = "bytes"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"
    """The open twitter-text configuration: most scripts count 1, the others, and every emoji, 2; a link 23."""


class TextLimit(msgspec.Struct, frozen=True):
    """A text may have `maximum` units. `source` says where the number comes from. Every link counts `link_length`
    units, whatever its length; None: as it is written. `max_bytes` of UTF-8 are a second limit, where a platform has both."""

    maximum: int
    unit: Unit
    source: str = ""
    link_length: int | None = None
    max_bytes: int | None = None


class AttachmentRule(msgspec.Struct, frozen=True):
    """One kind of attachment: `max_bytes` each; `mime_types` empty means any. `alt` is how many characters a description
    of it may have; None: the platform takes none."""

    max_bytes: int
    mime_types: tuple[str, ...] = ()
    alt: int | None = None


class ReplyWindow(msgspec.Struct, frozen=True):
    """Answers are allowed for `seconds` after the customer's last opening action; a person may answer until `human_seconds`."""

    seconds: int
    human_seconds: int | None = None
    source: str = ""


class SourceRules(msgspec.Struct, frozen=True):
    """What is possible in one source. `kinds` maps attachment kind (image, video, audio, file) to its rule.

    `max_attachments` is per platform call; more are sent as further messages. `caption_limit` is the text beside an
    attachment in the same call; None means text and attachments travel as separate messages.
    `splits` says whether a text over the limit may be sent as several messages.
    """

    abilities: frozenset[Ability]
    text: TextLimit
    public: bool = False
    splits: bool = False
    caption: TextLimit | None = None
    captionless: frozenset[str] = frozenset()
    """Kinds of attachment that take no text beside them, where others do."""
    max_attachments: int = 0
    kinds: Mapping[str, AttachmentRule] = {}
    window: ReplyWindow | None = None
    private_window: ReplyWindow | None = None
    """A public message may be answered privately for so long after it was written."""
    private_once: bool = False
    """A public message takes one private reply."""


class Field(msgspec.Struct, frozen=True):
    """A value asked for when connecting an account. Secret ones are stored encrypted and never shown again.

    `label` and `help` are English source texts; the page looks for `channels.<platform>.<key>` in its catalogs first.
    """

    key: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    default: str = ""


class RateLimit(msgspec.Struct, frozen=True):
    """At most `calls` per `seconds`; `scope` "account" or "conversation"; `purpose` "send" or "read" where the limit
    is for one of them only, "any" where both count."""

    calls: int
    seconds: float
    scope: str = "account"
    source: str = ""
    purpose: str = "any"


class Budget(msgspec.Struct, frozen=True):
    """What all calls of an account may use up in a day: `units` of `kind`, as `http.meter.spend(kind, units)` counts them.
    The day ends at midnight in `zone`. Reading stops at `read_share` of it, so that answers always have something left."""

    kind: str
    units: int
    zone: str = "UTC"
    read_share: float = 0.8
    source: str = ""


class Scope(msgspec.Struct, frozen=True):
    """A permission that authorizing asks for. `purpose` is an English sentence, shown before the question."""

    name: str
    purpose: str
    required: bool = True


class Manifest(msgspec.Struct, frozen=True):
    """A platform in one record."""

    platform: str
    name: str
    sources: Mapping[Source, SourceRules]
    fields: tuple[Field, ...]
    hosts: tuple[str, ...]
    """Hosts that calls may go to; an account's own base address is added to them."""
    base_url: str
    rates: tuple[RateLimit, ...]
    identity_per_account: bool = False
    """True where one person has another id under each of our accounts (page-scoped ids)."""
    aliases: bool = False
    """One person may be named by several ids (`Author.aliases`), and not always by the same."""
    erases_deleted: bool = True
    """Content that its author withdraws must go from our side too; a trace stays."""
    imports_history: bool = False
    """The platform can list earlier conversations (`fetch_page`)."""
    needs_public_url: bool = True
    webhook_setup: str = "manual"
    """`automatic`: connecting sets the webhook; `manual`: the administrator pastes address and token."""
    webhook_media_types: tuple[str, ...] = ("application/json",)
    challenge_media_type: str = "text/plain; charset=utf-8"
    """Of the answer to a webhook challenge."""
    poll_seconds: float | None = None
    """How often `fetch_page` is asked where it is the way in which events come, or one of the ways. None: it is only
    history and repair."""
    check_seconds: float = 300.0
    """How often the connection is looked after; more where each look costs calls of which there are few in a day."""
    budgets: tuple[Budget, ...] = ()
    scopes: tuple[Scope, ...] = ()
    absent: Mapping[Source, str] = {}
    """Sources that the platform has and its API does not give, each with the reason for people."""
    lacking: Mapping[Ability, str] = {}
    """Abilities that people may miss, each with the reason."""
    receipts: tuple[str, ...] = ()
    """Which receipts the platform reports: delivered, read."""
    abilities_field: str = ""
    """The connection value that names which of the abilities an account has, with commas between; empty: all of them."""


def abilities_of(manifest: Manifest, source: Source, fields: Mapping[str, str]) -> frozenset[Ability]:
    """What an account with these connection values can do in a source."""
    rules = manifest.sources.get(source)
    declared = rules.abilities if rules else frozenset[Ability]()
    if not manifest.abilities_field:
        return declared
    chosen = {word.strip().lower() for word in fields.get(manifest.abilities_field, "").split(",")}
    return frozenset(ability for ability in declared if ability.value in chosen)
