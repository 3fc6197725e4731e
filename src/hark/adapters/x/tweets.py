"""The post of the Account Activity API (v1.1), read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.x.media import attachments_of
from hark.adapters.x.payloads import Entities, Known, Media, Named, Tweet
from hark.adapters.x.people import author_of, post_address, user_id
from hark.adapters.x.posts import Seen, events_of
from hark.adapters.x.text import plain
from hark.adapters.x.wire import millis, minted, text_id, written
from hark.channels.contract import InboundEvent, Post, Unrecognized


def from_tweet(known: Known, received_at: datetime) -> list[InboundEvent]:
    tweet = msgspec.json.decode(known.item, type=Tweet)
    own, person = _own_id(tweet), user_id(tweet.user)
    if own is None or person is None:
        raise Unrecognized("a post without id or author")
    quotes = tweet.quoted_status_id_str or _own_id(tweet.quoted_status)
    seen = Seen(
        id=own,
        author=author_of(person, known.account, user=tweet.user),
        at=millis(tweet.timestamp_ms) or written(tweet.created_at) or minted(own) or received_at,
        text=_text(tweet, quotes),
        versions=_versions(tweet.edit_history),
        answers=tweet.in_reply_to_status_id_str,
        answered_person=tweet.in_reply_to_user_id_str,
        answered_handle=tweet.in_reply_to_screen_name,
        quotes=quotes,
        repost=tweet.retweeted_status is not None,
        named=_named(tweet, known.account),
        attachments=attachments_of(_media(tweet)),
        language=tweet.lang,
        contexts={quotes: _context(tweet.quoted_status, quotes)} if quotes and tweet.quoted_status else {},
        metadata={"blocked": True} if _blocked(known.beside.get("user_has_blocked")) else {},
    )
    return events_of(seen, known)


def _own_id(tweet: Tweet | None) -> str | None:
    """`id_str` first: even samples of X itself have rounded numbers in `id`."""
    return (tweet.id_str or text_id(tweet.id)) if tweet else None


def _entities(tweet: Tweet) -> Entities:
    """A long post has its complete entities in `extended_tweet`; a name can stand only there."""
    long = tweet.extended_tweet
    return (long.entities if long and long.entities else tweet.entities) or Entities()


def _text(tweet: Tweet, quotes: str | None) -> str:
    long = tweet.extended_tweet
    text = (long.full_text if long else None) or tweet.full_text or tweet.text
    gone = [media.url for media in _media(tweet) if media.url]
    if quotes and tweet.quoted_status_permalink and tweet.quoted_status_permalink.url:
        gone.append(tweet.quoted_status_permalink.url)
    return plain(text, _entities(tweet).urls or (), gone=gone, quoted=quotes)


def _media(tweet: Tweet) -> Sequence[Media]:
    """`extended_entities` has all files with their right kind; `entities` only the first, and calls a GIF a photo."""
    long = tweet.extended_tweet
    found = (long.extended_entities if long else None) or tweet.extended_entities
    return (found.media if found else None) or ()


def _named(tweet: Tweet, account: str) -> bool | None:
    """Whether our name stands in the words themselves. In a reply, names before the shown part were put there by X."""
    long = tweet.extended_tweet
    shown = (long.display_text_range if long else None) or tweet.display_text_range
    names = [name for name in _entities(tweet).user_mentions or () if _id_of(name) == account]
    if not names:
        return False
    if tweet.in_reply_to_status_id_str is None:
        return True
    if not shown or any(not name.indices for name in names):
        return None
    return any(name.indices and name.indices[0] >= shown[0] for name in names)


def _id_of(name: Named) -> str | None:
    return name.id_str or text_id(name.id)


def _context(tweet: Tweet | None, post_id: str) -> Post:
    user = tweet.user if tweet else None
    media = _media(tweet) if tweet else ()
    return Post(
        id=post_id,
        url=post_address(post_id, user.screen_name if user else None),
        text=_text(tweet, None) if tweet else None,
        author_name=user.name if user else None,
        picture_url=next((each.media_url_https for each in media if each.media_url_https), None),
        at=written(tweet.created_at) if tweet else None,
    )


def _versions(history: Any) -> tuple[str, ...]:
    """`edit_history.edit_tweet_ids`, `edit_history.initial_tweet_id`: named in X's documentation of edits, in no sample."""
    ids = history.get("edit_tweet_ids") if isinstance(history, dict) else None
    found = [own for own in map(text_id, ids) if own] if isinstance(ids, list) else []
    return tuple(found)


def _blocked(flag: Any) -> bool:
    """A boolean in recordings, the text "false" in the documentation."""
    return flag is True or flag == "true"
