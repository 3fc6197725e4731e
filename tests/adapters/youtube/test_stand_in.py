"""The real adapter and flows against the stand-in over HTTP: what viewers do is found by looking, what we do is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.youtube import ADAPTER
from hark.adapters.youtube.history import fetch_page
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Deletion,
    Edit,
    FetchedPage,
    InboundEvent,
    Message,
    Outbound,
    Reconnect,
    Rejected,
    Source,
    TryAgain,
)
from hark.channels.testing import Reply, ScriptedHttp
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.infra.metering import Unmetered
from hark.kernel.clock import FixedClock
from hark.kernel.secrets import Secret
from hark.standins.youtube import YouTubeStandIn
from tests.platforms.stage import stages
from tests.support.live import serving

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


class Spent(Unmetered):
    """Counts what calls cost."""

    def __init__(self) -> None:
        self.units: Counter[str] = Counter()

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        self.units[kind] += int(units)


class Studio:
    """A connected channel, looked at again and again as polling does; the state of each look goes into the next."""

    def __init__(
        self, standin: YouTubeStandIn, account: Account, http: GuardedHttp, clock: FixedClock
    ) -> None:
        self.standin, self.account, self.clock = standin, account, clock
        self.meter = Spent()
        self.http = http.metered(self.meter)
        self.known: set[str] = set()

    @property
    def world(self) -> Any:
        return self.standin.world

    async def look(self, since: datetime | None = LONG_AGO) -> list[InboundEvent]:
        """What is new to us, as events."""
        cursor, new = None, list[InboundEvent]()
        self.clock.advance(timedelta(minutes=2))
        while True:
            page: FetchedPage = await fetch_page(cursor, since, self.account, self.http)
            for item in page.items:
                if item.dedup_key not in self.known:
                    self.known.add(item.dedup_key)
                    new += ADAPTER.normalize(item.payload, self.clock())
            state = {**self.account.state, **page.state}
            self.account = msgspec.structs.replace(self.account, state=state)
            if page.next is None:
                return new
            cursor = page.next

    def pass_time(self, by: timedelta) -> None:
        """Time passes, with tokens renewed meanwhile."""
        self.clock.advance(by)
        self.world.tokens = {token: self.clock() + timedelta(hours=1) for token in self.world.tokens}

    def outbound(self, thread: str, text: str = "Thank you!", **more: Any) -> Outbound:
        return Outbound(UUID(int=1), Source.COMMENT, thread, None, self.clock(), text=text, **more)

    async def act(self, ability: Ability, target: str, **more: Any) -> None:
        await ADAPTER.perform(Action(ability, target, target=target, **more), self.account, self.http)  # type: ignore[misc]


@pytest.fixture
async def studio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    clock = FixedClock(NINE)
    monkeypatch.setattr("hark.adapters.youtube.history.utc_now", clock)
    standin = YouTubeStandIn(clock)
    async with serving(standin) as address:
        http = GuardedHttp(allow_private=True)
        values = standin.values(f"http://{address}")
        connected = await ADAPTER.connect(values, None, http)
        account = Account(
            UUID(int=1),
            UUID(int=2),
            connected.platform_account_id,
            connected.name,
            secrets={
                "client_secret": Secret(values["client_secret"]),
                "refresh_token": Secret(values["refresh_token"]),
                **connected.generated,
            },
            fields={"base_url": values["base_url"], "client_id": values["client_id"]},
        )
        yield Studio(standin, account, http, clock)
        await http.aclose()


def told(events: list[InboundEvent]) -> list[tuple[str, str, Any]]:
    """Kind, id and what it says, for a look at them together."""
    found: list[tuple[str, str, Any]] = []
    for event in events:
        if isinstance(event, Message):
            found.append(("comment", event.id, event.text))
        elif isinstance(event, Edit):
            found.append(("edit", event.target, event.text if event.hidden is None else event.hidden))
        else:
            assert isinstance(event, Deletion)
            found.append(("deleted", event.target, None))
    return sorted(found, key=str)


async def test_new_comments_and_replies_are_found_once(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    assert told(await studio.look()) == [("comment", first.id, "Which bulb?")]
    reply = studio.world.write("2", "I wonder too", parent=first.id)
    second = studio.world.write("3", "Nice")
    expected = [("comment", second.id, "Nice"), ("comment", reply.id, "I wonder too")]
    assert told(await studio.look()) == sorted(expected, key=str)
    assert await studio.look() == []


async def test_more_replies_than_a_list_brings_along_are_all_read(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    await studio.look()
    replies = [studio.world.write(str(n), f"reply {n}", parent=first.id).id for n in range(12)]
    assert {event.id for event in await studio.look() if isinstance(event, Message)} == set(replies)


async def test_an_unchanged_channel_costs_two_units_a_look(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    for number in range(9):
        studio.world.write("2", f"{number}", parent=first.id)
    await studio.look()
    before = studio.meter.units["units"]
    await studio.look()
    assert studio.meter.units["units"] - before == 2


async def test_an_edit_is_noticed_and_the_first_words_stay_known(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    await studio.look()
    studio.world.edit(first.id, "Which bulb, please?")
    assert told(await studio.look()) == [("edit", first.id, "Which bulb, please?")]


async def test_deleted_comments_and_replies_are_noticed(studio: Studio) -> None:
    first, second, third = (studio.world.write(str(n), f"comment {n}") for n in range(3))
    reply = studio.world.write("9", "a reply", parent=third.id)
    await studio.look()
    studio.world.remove(second.id)
    studio.world.remove(reply.id)
    assert told(await studio.look()) == [("deleted", second.id, None), ("deleted", reply.id, None)]
    studio.world.remove(first.id)
    assert told(await studio.look()) == [("deleted", first.id, None)]
    assert await studio.look() == []


async def test_a_comment_that_waits_for_review_shows_as_hidden_until_it_is_published(studio: Studio) -> None:
    held = studio.world.write("1", "cheap followers", status="heldForReview")
    assert told(await studio.look()) == [("comment", held.id, "cheap followers"), ("edit", held.id, True)]
    held.status = "published"
    assert told(await studio.look()) == [("edit", held.id, False)]


async def test_a_comment_that_somebody_hid_elsewhere_is_noticed_as_hidden_and_not_as_deleted(
    studio: Studio,
) -> None:
    first, second = studio.world.write("1", "one"), studio.world.write("2", "two")
    await studio.look()
    first.status = "rejected"
    second.status = "heldForReview"
    assert told(await studio.look()) == [("edit", first.id, True), ("edit", second.id, True)]


async def test_a_held_reply_is_seen_too(studio: Studio) -> None:
    first = studio.world.write("1", "one")
    await studio.look()
    held = studio.world.write("2", "buy this", parent=first.id, status="heldForReview")
    assert told(await studio.look()) == [("comment", held.id, "buy this"), ("edit", held.id, True)]


async def test_everything_is_imported_page_by_page_with_the_keys_that_looking_has(studio: Studio) -> None:
    tops = [studio.world.write(str(n), f"comment {n}") for n in range(45)]
    for number in range(8):
        studio.world.write("9", f"reply {number}", parent=tops[0].id)
    held = studio.world.write("8", "held", status="heldForReview")
    imported = await studio.look(since=None)
    assert len([event for event in imported if isinstance(event, Message)]) == 45 + 8 + 1
    assert ("edit", held.id, True) in told(imported)
    assert [event for event in await studio.look() if isinstance(event, Message)] == []


async def test_a_look_back_over_many_pages_reads_no_further_than_it_has_to(studio: Studio) -> None:
    for number in range(260):
        studio.world.write("1", f"comment {number}")
        studio.pass_time(timedelta(minutes=1))
    since = studio.clock() - timedelta(minutes=150)
    found = [event for event in await studio.look(since) if isinstance(event, Message)]
    assert 150 <= len(found) <= 200
    assert studio.meter.units["units"] == 3


async def test_a_reply_to_an_older_thread_is_found_within_an_hour(studio: Studio) -> None:
    old = studio.world.write("1", "an old thread")
    studio.clock.advance(timedelta(minutes=30))
    for number in range(120):
        studio.world.write("2", f"comment {number}")
    await studio.look(NINE - timedelta(minutes=1))
    studio.pass_time(timedelta(minutes=30))
    reply = studio.world.write("3", "late", parent=old.id)
    assert await studio.look(studio.clock() - timedelta(minutes=10)) == []
    studio.pass_time(timedelta(hours=1))
    found = told(await studio.look(studio.clock() - timedelta(minutes=10)))
    assert found == [("comment", reply.id, "late")]


async def test_an_answer_goes_under_the_first_comment_and_names_whom_it_answers(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    reply = studio.world.write("2", "I wonder too", parent=first.id)
    sent = await ADAPTER.send(studio.outbound(first.id), studio.account, studio.http)
    named = await ADAPTER.send(studio.outbound(first.id, quoted=reply.id), studio.account, studio.http)
    assert studio.world.comments[sent.platform_message_id].text == "Thank you!"
    assert studio.world.comments[named.platform_message_id].text == "@viewer2 Thank you!"
    assert studio.world.comments[named.platform_message_id].parent == first.id
    assert studio.meter.units["units"] == 50 + 1 + 50


async def test_a_lost_answer_is_found_by_its_words(studio: Studio) -> None:
    first = studio.world.write("1", "Which bulb?")
    outbound = studio.outbound(first.id, "E27, as ever.")
    assert await ADAPTER.look_up(outbound, studio.account, studio.http) is None  # type: ignore[misc]
    made = studio.world.write(studio.world.channel, "E27, as ever.", parent=first.id)
    found = await ADAPTER.look_up(outbound, studio.account, studio.http)  # type: ignore[misc]
    assert getattr(found, "platform_message_id", None) == made.id


async def test_moderation_does_what_it_says(studio: Studio) -> None:
    comment = studio.world.write("1", "spam")
    await studio.act(Ability.HIDE, comment.id)
    assert comment.status == "heldForReview"
    await studio.act(Ability.UNHIDE, comment.id)
    assert comment.status == "published"
    await studio.act(Ability.BAN, comment.id, author="UCx")
    assert (comment.status, studio.world.banned) == ("rejected", {"1"})
    ours = studio.world.write(studio.world.channel, "Sorry", parent=comment.id)
    await studio.act(Ability.EDIT, ours.id, text="Sorry!")
    assert ours.text == "Sorry!"
    await studio.act(Ability.DELETE, ours.id)
    await studio.act(Ability.DELETE, ours.id)
    assert ours.id not in studio.world.comments
    with pytest.raises(Rejected):
        await studio.act(Ability.DELETE, comment.id, author="UCx")


async def test_an_access_token_lasts_an_hour_and_is_renewed_by_the_lasting_one(studio: Studio) -> None:
    studio.clock.advance(timedelta(hours=2))
    with pytest.raises(Reconnect):
        await studio.look()
    fresh = await ADAPTER.refresh(studio.account, studio.http)  # type: ignore[misc]
    assert fresh.expires_at is not None
    studio.account = msgspec.structs.replace(
        studio.account, secrets={**studio.account.secrets, **fresh.secrets}
    )
    assert await studio.look() == []
    studio.world.refresh_token = "taken back"
    with pytest.raises(Reconnect, match="Authorize again"):
        await ADAPTER.refresh(studio.account, studio.http)  # type: ignore[misc]


async def test_a_used_up_day_is_said_as_such(studio: Studio) -> None:
    studio.world.day_units = 0
    with pytest.raises(TryAgain) as caught:
        await studio.look()
    assert (caught.value.code, caught.value.scope) == ("quotaExceeded", "account")
    assert (caught.value.retry_after or 0) > 0


async def test_a_video_is_shown_with_title_and_picture_and_one_that_is_gone_is_none(studio: Studio) -> None:
    post = await ADAPTER.fetch_post("dEmOvIdEo01", studio.account, studio.http)  # type: ignore[misc]
    assert post is not None
    assert (post.text, post.author_name, post.kind) == ("A lamp for long nights", "Nordlicht", "organic")
    assert post.picture_url == "https://i.ytimg.example/dEmOvIdEo01/hq.jpg"
    assert await ADAPTER.fetch_post("gone", studio.account, studio.http) is None  # type: ignore[misc]


async def test_a_sound_connection_is_healthy_and_a_dead_token_is_named(studio: Studio) -> None:
    assert (await ADAPTER.check(studio.account, studio.http)).ok
    other = msgspec.structs.replace(studio.account, platform_account_id="UCother")
    assert not (await ADAPTER.check(other, studio.http)).checks["token"][0]
    studio.world.tokens.clear()
    health = await ADAPTER.check(studio.account, studio.http)
    assert health.checks["token"] == (
        False,
        "YouTube no longer accepts the access. Connect the channel again.",
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"refresh_token": "wrong"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": ""}, "missing_field"),
        ({"channel_id": "UCsomebodyelse"}, "no_channel"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    studio: Studio, change: dict[str, str], code: str
) -> None:
    values = {**studio.standin.values(studio.account.fields["base_url"]), **change}
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect(values, None, studio.http)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


async def test_authorizing_gives_the_channel_and_lasting_tokens(studio: Studio) -> None:
    oauth = ADAPTER.authorization
    assert oauth is not None
    values = studio.standin.values(studio.account.fields["base_url"])
    url = oauth.begin(values, "https://hark.example/back", "state-1", "challenge-1")
    for part in (
        "access_type=offline",
        "code_challenge=challenge-1",
        "code_challenge_method=S256",
        "state=state-1",
    ):
        assert part in url
    (choice,) = await oauth.finish(values, "code", "https://hark.example/back", "verifier", studio.http)
    assert (choice.id, choice.name) == (studio.world.channel, "Nordlicht")
    assert set(choice.values) == {"access_token", "refresh_token", "channel_id"}
    no_lasting = ScriptedHttp(Reply(200, {"access_token": "a"}))
    with pytest.raises(Rejected, match="no lasting authorization"):
        await oauth.finish({"client_id": "c", "client_secret": "s"}, "code", "https://b", "v", no_lasting)


async def test_the_whole_program_reads_and_answers_a_channel(db: Database, tmp_path: Path) -> None:
    async with stages(db, tmp_path, "youtube") as (stage,):
        await stage.write(3)
        await stage.see(3)
        await stage.answer(3)
        assert set((await stage.settled()).values()) == {"sent"}
        query = "SELECT metadata ->> 'post_id' FROM conversation"
        assert {row[0] for row in await db.pool.fetch(query)} == {"dEmOvIdEo01"}
