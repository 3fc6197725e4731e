"""Every recorded body of the shared fixtures gives what their INDEX says, and every recorded answer its
class."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hark.adapters.telegram import ADAPTER
from hark.adapters.telegram.connect import subscribe
from hark.adapters.telegram.media import locate_media
from hark.channels.contract import (
    Ability,
    AccountNotice,
    Edit,
    Ignored,
    Message,
    PlatformProblem,
    Reachability,
    Reaction,
    Reconnect,
    Rejected,
    Source,
    ThreadMoved,
    TryAgain,
)
from tests.adapters.telegram.fake import Telegram
from tests.adapters.telegram.people import TOKEN, account
from tests.adapters.telegram.send_cases import action, outbound

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("HARK_SHARED") or ROOT.parent / "shared") / "fixtures" / "telegram"
RECEIVED = datetime(2026, 11, 21, tzinfo=UTC)
MESSAGE = re.compile(
    r"(?P<kind>message|mention)/(?P<direction>inbound|outbound), source (?P<source>dm|mention); "
    r"message_id `(?P<number>\d+)`, sender `(?P<sender>-?\d+)[^`]*`, account `7012345678`.*?, chat `(?P<chat>[^`]+)`; "
    r"text (?P<text>.*?); attachments (?P<attachments>.*?); time (?P<time>\S+Z)"
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not here")


def rows(index: Path) -> list[list[str]]:
    """The cells of the INDEX's table, the file's name first."""
    if not index.is_file():
        return []
    lines = [line for line in index.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def events(name: str) -> list[Any]:
    (item,) = ADAPTER.split((FOLDER / name).read_bytes())
    return ADAPTER.normalize(item.payload, RECEIVED)


UPDATES = [(row[0].strip("` "), row[-1].rstrip("| ")) for row in rows(FOLDER / "INDEX.md")]
MESSAGES = [(name, match) for name, extract in UPDATES if (match := MESSAGE.match(extract))]
EXTRACTS = dict(UPDATES)


def test_index_names_every_file() -> None:
    assert {name for name, _ in UPDATES} == {path.name for path in FOLDER.glob("*.json")}
    assert len(MESSAGES) >= 25


@pytest.mark.parametrize(("name", "said"), MESSAGES, ids=[name for name, _ in MESSAGES])
def test_message_is_what_the_index_says(name: str, said: re.Match[str]) -> None:
    (message,) = events(name)
    assert isinstance(message, Message)
    assert message.id.rpartition(":")[2] == said["number"]
    assert message.author.us == (said["direction"] == "outbound")
    # Of an echo the INDEX names whom it went to; its own column says that `from` is the owner.
    sender = message.thread.customer if message.author.us else message.author
    assert sender is not None
    assert sender.id == said["sender"]
    assert message.thread.source == Source(said["source"])
    assert message.thread.key.partition("/")[0] == said["chat"].replace(" + ", ":")
    assert message.at == datetime.fromisoformat(said["time"])
    assert len(message.attachments) == (0 if said["attachments"].startswith("none") else 1)
    body = json.loads((FOLDER / name).read_bytes())
    written = next(value for value in body.values() if isinstance(value, dict))
    if not said["text"].startswith("`"):
        assert message.text == (written.get("text") or written.get("caption"))
    else:
        assert message.text == said["text"].split("`")[1]


def test_attachments_are_what_the_index_says() -> None:
    kinds = {
        name: events(name)[0].attachments[0]
        for name, said in MESSAGES
        if not said["attachments"].startswith("none")
    }
    words = {name: said["attachments"] for name, said in MESSAGES}
    assert len(kinds) >= 11
    for name, found in kinds.items():
        assert found.kind in words[name], name
    assert kinds["message__document_pdf.json"].size == 184320
    assert kinds["message__document_pdf.json"].mime_type == "application/pdf"
    assert kinds["message__document_image_uncompressed.json"].name == "IMG_2041.HEIC"
    assert kinds["message__video_over_20mb.json"].skip is not None
    assert kinds["message__video_note.json"].mime_type == "video/mp4"
    assert kinds["message__photo_caption.json"].width == 1280


@pytest.mark.parametrize("name", [name for name, extract in UPDATES if extract == "ignored"])
def test_ignored_is_counted_with_a_reason(name: str) -> None:
    (event,) = events(name)
    assert isinstance(event, Ignored)
    assert event.reason


def test_details_that_the_index_adds() -> None:
    assert events("message__reply_to_bot.json")[0].quoted == "5128840317:216"
    assert events("message__start_deeplink.json")[0].metadata["start"] == "promo-7F3A"
    assert events("message__poll.json")[0].unsupported == "poll"
    assert events("message__from_user_without_username.json")[0].author.name == "Jon"
    assert events("message__forum_topic.json")[0].thread.key == "-1002777888999/905"
    assert events("message__forum_topic.json")[0].quoted is None
    assert isinstance(events("message__group_plain_not_addressed.json")[0], Ignored)
    first, second = (events(f"message__media_group_{n}of2.json")[0] for n in (1, 2))
    assert first.group == second.group
    assert first.group.endswith("14122910487325440")
    assert first.position < second.position
    bot_chat = events("message__text_private.json")[0].thread.key
    assert events("business_message__inbound_text.json")[0].thread.key != bot_chat


def test_edit_names_the_message_it_changes() -> None:
    (edit,) = events("edited_message__text.json")
    original = events("message__text_private.json")[0]
    assert isinstance(edit, Edit)
    assert edit.target == original.id
    assert edit.text == "My order 10482 (not 10428) has not arrived yet. Can you check?"
    assert edit.at == datetime(2026, 11, 20, 9, 0, 50, tzinfo=UTC)


def test_reactions_are_complete_sets() -> None:
    added, removed = events("message_reaction__added.json")[0], events("message_reaction__removed.json")[0]
    assert isinstance(added, Reaction)
    assert (added.emoji, removed.emoji) == (("👍",), ())
    assert added.target == removed.target == "-1002003004005:5012"
    assert (added.at, removed.at) == (
        datetime(2026, 11, 20, 9, 16, 40, tzinfo=UTC),
        datetime(2026, 11, 20, 9, 17, 20, tzinfo=UTC),
    )


def test_buttons_have_the_time_of_arrival() -> None:
    pressed = events("callback_query__button.json")[0]
    assert (pressed.id, pressed.postback, pressed.at) == ("2203118874410029918", "csat:10482:5", RECEIVED)
    assert pressed.quoted == "5128840317:232"
    assert events("callback_query__inaccessible_message.json")[0].at == RECEIVED


def test_what_is_no_message_has_its_own_event() -> None:
    moved = events("message__migrate_to_supergroup.json")[0]
    assert isinstance(moved, ThreadMoved)
    assert (moved.old, moved.new) == ("-4155667788", "-1002009990001")
    blocked, back = (events(f"my_chat_member__{name}.json")[0] for name in ("blocked", "unblocked"))
    assert isinstance(blocked, Reachability)
    assert (blocked.author.id, blocked.reachable, back.reachable) == ("5128840317", False, True)
    for name in ("business_connection__enabled", "business_connection__disabled"):
        assert isinstance(events(f"{name}.json")[0], AccountNotice)
    assert isinstance(events("my_chat_member__added_to_group.json")[0], AccountNotice)


# Recorded answers
# -------------------------------------------------------------------------------------------------------------

ANSWERS = sorted((FOLDER / "api").glob("*.json"))
ERRORS: dict[str, tuple[type[PlatformProblem], str]] = {
    "getMe__401_unauthorized": (Reconnect, "unauthorized"),
    "getMe__404_malformed_token": (Reconnect, "bad_token"),
    "sendMessage__429_flood": (TryAgain, "too_many_requests"),
    "sendMessage__403_blocked": (Rejected, "blocked"),
    "sendMessage__403_deactivated": (Rejected, "deactivated"),
    "sendMessage__403_cannot_initiate": (Rejected, "cannot_initiate"),
    "sendMessage__403_kicked_supergroup": (Rejected, "not_in_group"),
    "sendMessage__400_chat_not_found": (Rejected, "chat_not_found"),
    "sendMessage__400_too_long": (Rejected, "text_too_long"),
    "sendMessage__400_empty": (Rejected, "text_empty"),
    "sendMessage__400_reply_not_found": (Rejected, "quoted_gone"),
    "sendMessage__400_cant_parse_entities": (Rejected, "bad_entities"),
    "sendMessage__400_thread_not_found": (Rejected, "topic_gone"),
    "sendMessage__400_business_connection_not_found": (Rejected, "business_disconnected"),
    "sendMessage__400_business_peer_invalid": (Rejected, "business_peer_invalid"),
    "sendMessage__500_restart": (TryAgain, "http_500"),
    "sendMessage__502_html": (TryAgain, "http_502"),
    "sendPhoto__400_wrong_file": (Rejected, "file_not_fetched"),
    "setWebhook__429_too_fast": (TryAgain, "too_many_requests"),
    "getFile__400_too_big": (Rejected, "file_too_big"),
    "getFile__400_wrong_id": (Rejected, "file_gone"),
    "deleteMessage__400_cant_delete": (Rejected, "cannot_delete"),
}
DONE = {"editMessageText__400_not_modified", "answerCallbackQuery__400_too_old"}
ELSEWHERE = {
    "sendMessage__400_migrated": "the second call is in send_cases",
    "setWebhook__400_bad_url": "a step, not an error",
    "getUpdates__409_other_instance": "Hark does not poll",
    "getUpdates__409_webhook_active": "Hark does not poll",
}


def answer(name: str) -> tuple[int, Any]:
    recorded = json.loads((FOLDER / "api" / f"{name}.json").read_bytes())["response"]
    return recorded["status"], recorded["body"]


async def ask(name: str) -> None:
    """The recorded answer given to whatever makes this call."""
    telegram, by = Telegram(answer(name)), account()
    method = name.partition("__")[0]
    assert ADAPTER.perform is not None
    if method == "getMe":
        await ADAPTER.check(by, telegram.http)
        await ADAPTER.connect({"token": TOKEN}, None, Telegram(answer(name)).http)
    elif method == "setWebhook":
        await subscribe(by, telegram.http)
    elif method == "getFile":
        await locate_media("f", by, telegram.http)
    elif method in ACTIONS:
        await ADAPTER.perform(ACTIONS[method], by, telegram.http)
    else:
        await ADAPTER.send(outbound(text="x"), by, telegram.http)


ACTIONS = {
    "deleteMessage": action(Ability.DELETE, "5128840317:216"),
    "editMessageText": action(Ability.EDIT, "5128840317:216", text="same"),
    "answerCallbackQuery": action(Ability.MARK_READ, "2203118874410029918"),
    "sendChatAction": action(Ability.TYPING),
    "setMessageReaction": action(Ability.REACT, "5128840317:217", text="👍"),
    "readBusinessMessage": action(Ability.MARK_READ, "b:5128840317:40211", "b:5128840317"),
}


def test_every_recorded_error_has_its_expectation() -> None:
    errors = {path.stem for path in ANSWERS if answer(path.stem)[0] >= 400}
    assert errors == ERRORS.keys() | DONE | ELSEWHERE.keys()


@pytest.mark.parametrize("name", ERRORS)
async def test_recorded_error(name: str) -> None:
    expected, code = ERRORS[name]
    if name.startswith("getMe"):
        with pytest.raises(Rejected):  # while connecting it is the administrator's mistake
            await ask(name)
        with pytest.raises(expected):
            await ADAPTER.send(outbound(text="x"), account(), Telegram(answer(name)).http)
        return
    with pytest.raises(expected) as problem:
        await ask(name)
    assert problem.value.code == code


async def test_recorded_flood_control_says_how_long() -> None:
    with pytest.raises(TryAgain) as problem:
        await ask("sendMessage__429_flood")
    assert (problem.value.retry_after, problem.value.scope) == (14, "account")


@pytest.mark.parametrize("name", sorted(DONE))
async def test_recorded_refusal_that_means_done(name: str) -> None:
    await ask(name)


SENT = {
    "sendMessage__ok": "5128840317:216",
    "sendMessage__ok_reply": "5128840317:233",
    "sendMessage__ok_business": "Pq3vE1dJKUkzAAMyq0mF9w:5128840317:40212",
    "sendMessage__ok_forum_topic": "-1002777888999:913",
    "sendPhoto__ok": "5128840317:234",
    "sendDocument__ok": "5128840317:235",
}


@pytest.mark.parametrize("name", SENT)
async def test_recorded_success_gives_the_id_of_the_message(name: str) -> None:
    thread = SENT[name].rpartition(":")[0]
    sent = await ADAPTER.send(outbound(thread, text="x"), account(), Telegram(answer(name)).http)
    assert sent.platform_message_id == SENT[name]
    assert sent.at is not None
    assert sent.at.year == 2026


async def test_echo_of_a_business_answer_has_the_id_that_sending_gave() -> None:
    thread = "Pq3vE1dJKUkzAAMyq0mF9w:5128840317"
    telegram = Telegram(answer("sendMessage__ok_business"))
    sent = await ADAPTER.send(outbound(thread, text="x"), account(), telegram.http)
    echo = events("business_message__outbound_by_bot.json")[0]
    assert (echo.id, echo.author.us) == (sent.platform_message_id, True)


@pytest.mark.parametrize(
    "name",
    [path.stem for path in ANSWERS if path.stem.endswith("__ok") and path.stem.partition("__")[0] in ACTIONS],
)
async def test_recorded_success_of_an_action(name: str) -> None:
    await ask(name)


async def test_recorded_webhook_states() -> None:
    healthy = account(webhook_url="https://hooks.example.com/telegram/7012345678")
    good = await ADAPTER.check(healthy, Telegram(answer("getMe__ok"), answer("getWebhookInfo__ok")).http)
    assert good.checks["webhook"][0]
    assert good.checks["deliveries"][0]
    bad = await ADAPTER.check(healthy, Telegram(answer("getMe__ok"), answer("getWebhookInfo__failing")).http)
    assert not bad.ok
    assert "503 Service Unavailable" in bad.checks["deliveries"][1]


async def test_recorded_batch_of_polling_is_taken_apart_as_a_webhook_would_be() -> None:
    _, body = answer("getUpdates__batch")
    items = ADAPTER.split(json.dumps(body["result"]).encode())
    assert [item.dedup_key for item in items] == ["874100201", "874100206", "874100233"]
    assert ADAPTER.normalize(items[0].payload, RECEIVED) == events("message__text_private.json")
