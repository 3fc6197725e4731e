"""Texts, links, files and names, where the fixtures do not reach."""

from __future__ import annotations

from typing import Any

import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.payloads import Link
from hark.adapters.x.people import pair_key
from hark.adapters.x.split import listed_items
from hark.adapters.x.text import plain
from hark.adapters.x.wire import back, millis, minted, snowflake_at, written
from hark.channels.contract import Edit, Ignored, InboundEvent, Message, Source, Unrecognized
from tests.adapters.x.bodies import RECEIVED
from tests.adapters.x.samples import ADA, ADA_ID, AT, BEN_ID, PAIR, US, WE, after, user2
from tests.adapters.x.samples import minted as id_of

SHORT = "https://t.co/abc"


def link(to: str, url: str = SHORT, **more: Any) -> Link:
    return Link(url=url, expanded_url=to, **more)


@pytest.mark.parametrize(
    ("text", "links", "expected"),
    [
        ("Tom &amp; Jerry &lt;3 &gt;", (), "Tom & Jerry <3 >"),
        ("&amp;lt;", (), "&lt;"),
        (f"see {SHORT}", (link("https://shop.com/?a=1&b=2"),), "see https://shop.com/?a=1&b=2"),
        (f"see {SHORT}", (link("https://shop.com/?q=&lt;"),), "see https://shop.com/?q=&lt;"),
        (f"{SHORT} {SHORT}", (link("https://a.com"),), "https://a.com https://a.com"),
        (f"look {SHORT}", (link("https://x.com/ada/status/7/photo/1"),), "look"),
        (f"look {SHORT}", (link("https://x.com/ada/status/7", media_key="3_1"),), "look"),
        (f"look {SHORT}", (link("https://twitter.com/messages/media/77"),), "look"),
        (f"quoting {SHORT}", (link("https://twitter.com/fjord/status/55"),), "quoting"),
        (
            f"naming {SHORT}",
            (link("https://twitter.com/fjord/status/56"),),
            "naming https://twitter.com/fjord/status/56",
        ),
        (f"unknown {SHORT}", (), f"unknown {SHORT}"),
        (f"without a target {SHORT}", (Link(url=SHORT),), f"without a target {SHORT}"),
        (None, (), ""),
    ],
)
def test_a_text_reads_as_it_was_written(text: str | None, links: tuple[Link, ...], expected: str) -> None:
    assert plain(text, links, quoted="55") == expected


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("9", "10", "9-10"),
        ("10", "9", "9-10"),
        ("4100200300", "1700300400500600700", "4100200300-1700300400500600700"),
    ],
)
def test_a_conversation_of_two_is_named_with_the_smaller_number_first(one: str, other: str, key: str) -> None:
    assert pair_key(one, other) == key


def test_ids_and_moments_are_told_from_one_another() -> None:
    assert minted(id_of(AT)) == AT
    assert snowflake_at(AT) == int(id_of(AT))
    assert back(id_of(AT), AT - after(-60)) == int(id_of(after(-60)))
    for nothing in (None, "", "77", "x", "9" * 40, "-5"):
        assert minted(nothing) is None
    for nothing in (None, True, "x", -5, 9e18, float("inf"), "9" * 19):
        assert millis(nothing) is None
    for nothing in (None, 7, "", "yesterday", "Mon Foo 99", "0001-01-01T00:00:00Z"):
        assert written(nothing) is None


def listed(form: Any, row: dict[str, Any], **includes: Any) -> list[InboundEvent]:
    answer = {"data": [row], "includes": {"users": [user2(ADA), user2(WE)], **includes}}
    (item,) = listed_items(form, answer, US)
    return ADAPTER.normalize(item.payload, RECEIVED)


def row(**more: Any) -> dict[str, Any]:
    own = id_of(after(200))
    base = {
        "id": own,
        "text": "hi",
        "author_id": ADA_ID,
        "conversation_id": own,
        "edit_history_tweet_ids": [own],
    }
    return {**base, **more}


def message(events: list[InboundEvent]) -> Message:
    (event,) = events
    assert isinstance(event, Message)
    return event


def test_who_answered_whom_is_read_from_the_post_beside_where_the_row_does_not_say() -> None:
    ours = {"id": "55", "author_id": US, "text": "New"}
    answer = row(referenced_tweets=[{"type": "replied_to", "id": "55"}])
    assert message(listed("post", answer, tweets=[ours])).thread.source is Source.COMMENT
    assert message(listed("post", answer)).thread.source is Source.MENTION


def test_a_post_that_only_begins_with_our_name_is_no_comment() -> None:
    assert message(listed("post", row(in_reply_to_user_id=US))).thread.source is Source.MENTION


def test_a_repost_is_told_before_anything_else() -> None:
    reposted = row(
        author_id=US, referenced_tweets=[{"type": "retweeted", "id": "5"}, {"type": "quoted", "id": "6"}]
    )
    assert listed("post", reposted) == [Ignored("repost", after(200))]


def test_two_people_below_one_post_are_two_conversations() -> None:
    below = {"conversation_id": "55", "in_reply_to_user_id": US, "in_reply_to_tweet_id": "55"}
    ada, ben = (message(listed("post", row(author_id=who, **below))).thread.key for who in (ADA_ID, BEN_ID))
    assert (ada, ben) == (f"55/{ADA_ID}", f"55/{BEN_ID}")


def test_our_answer_and_the_answer_to_it_are_in_the_conversation_of_the_person() -> None:
    ours = row(author_id=US, conversation_id="55", in_reply_to_user_id=ADA_ID, in_reply_to_tweet_id="56")
    theirs = row(
        author_id=ADA_ID, conversation_id="55", in_reply_to_user_id=US, in_reply_to_tweet_id=ours["id"]
    )
    assert (
        message(listed("post", ours)).thread.key
        == message(listed("post", theirs)).thread.key
        == f"55/{ADA_ID}"
    )


def test_all_edits_of_a_post_are_edits_of_its_first_version() -> None:
    versions = [id_of(after(150)), id_of(after(160)), id_of(after(200))]
    first, edit = listed("post", row(edit_history_tweet_ids=versions, text="at last"))
    assert isinstance(first, Message)
    assert isinstance(edit, Edit)
    assert (first.id, edit.target, edit.text, edit.at) == (versions[0], versions[0], "at last", after(200))
    assert first.thread.reply_to["post_id"] == versions[2]


def dm(**more: Any) -> dict[str, Any]:
    base = {"id": id_of(after(210)), "event_type": "MessageCreate", "text": "hi", "sender_id": ADA_ID}
    return {**base, "dm_conversation_id": PAIR, **more}


def test_a_group_is_one_conversation_answered_by_its_own_id() -> None:
    group = "1585823815904395264"
    theirs = message(listed("dm_event", dm(dm_conversation_id=group)))
    assert theirs.thread.key == group
    assert theirs.thread.reply_to == {"conversation": group}
    assert theirs.metadata == {"group": True}
    ours = message(listed("dm_event", dm(dm_conversation_id=group, sender_id=US)))
    assert ours.thread.customer is None


def test_our_message_in_a_list_is_to_the_other_one() -> None:
    ours = message(listed("dm_event", dm(sender_id=US)))
    assert ours.author.us
    assert ours.thread.customer is not None
    assert ours.thread.customer.id == ADA_ID


def test_a_file_that_the_list_names_and_does_not_describe_is_shown_as_missing() -> None:
    (file,) = message(listed("dm_event", dm(attachments={"media_keys": ["3_77"]}))).attachments
    assert (file.kind, file.url, file.skip) == (
        "file",
        None,
        "X gave no address for this file; open it on X.",
    )


@pytest.mark.parametrize("gone", ["sender_id", "dm_conversation_id", "id"])
def test_a_message_without_what_makes_one_is_not_guessed(gone: str) -> None:
    with pytest.raises(Unrecognized):
        listed("dm_event", {key: value for key, value in dm().items() if key != gone})


def test_coming_and_going_in_a_group_is_counted_and_not_shown() -> None:
    assert listed("dm_event", dm(event_type="ParticipantsLeave", created_at="2026-10-26T09:30:00.000Z")) == [
        Ignored("group_membership", AT)
    ]
