"""Who may speak to the webhook, and how a delivery is taken apart."""

from __future__ import annotations

import json

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.split import listed_items
from hark.adapters.x.webhook import OAUTH2_SIGNATURE_HEADER, SIGNATURE_HEADER, signature_of
from hark.channels.contract import BadSignature, Message, WebhookRequest
from hark.kernel.secrets import Secret
from tests.adapters.x.bodies import EXPECTED, RECEIVED, body
from tests.adapters.x.samples import ACCOUNT, ADA, ADA_ID, AT, PAIR, US, WE, minted, user2, written
from tests.adapters.x.serving import without_secrets

BODY = b'{"for_user_id":"4100200300","follow_events":[]}'
CONSUMER, CLIENT = (ACCOUNT.secrets[key].reveal() for key in ("consumer_secret", "client_secret"))


def signed(header: str, secret: str) -> WebhookRequest:
    return WebhookRequest("POST", {header: signature_of(BODY, secret)}, {}, BODY)


def test_either_header_proves_a_delivery_with_the_key_that_belongs_to_it() -> None:
    ADAPTER.verify(signed(SIGNATURE_HEADER, CONSUMER), ACCOUNT)
    ADAPTER.verify(signed(OAUTH2_SIGNATURE_HEADER, CLIENT), ACCOUNT)
    both = WebhookRequest(
        "POST",
        {SIGNATURE_HEADER: "sha256=wrong", OAUTH2_SIGNATURE_HEADER: signature_of(BODY, CLIENT)},
        {},
        BODY,
    )
    ADAPTER.verify(both, ACCOUNT)


@pytest.mark.parametrize(
    ("header", "secret"),
    [(SIGNATURE_HEADER, CLIENT), (OAUTH2_SIGNATURE_HEADER, CONSUMER), ("x-signature", CONSUMER)],
)
def test_a_key_does_not_prove_the_other_header(header: str, secret: str) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(header, secret), ACCOUNT)


def test_an_app_with_only_oauth_2_keys_answers_challenges_and_proves_deliveries() -> None:
    account = without_secrets("consumer_secret")
    assert ADAPTER.challenge is not None
    answer = ADAPTER.challenge(WebhookRequest("GET", {}, {"crc_token": "abc"}, b""), account)
    assert json.loads(answer or "") == {"response_token": signature_of(b"abc", CLIENT)}
    ADAPTER.verify(signed(OAUTH2_SIGNATURE_HEADER, CLIENT), account)
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(SIGNATURE_HEADER, CLIENT), account)


def test_the_client_secret_before_a_rotation_is_still_good() -> None:
    rotated = {**ACCOUNT.secrets, "client_secret": Secret("new"), "client_secret.previous": Secret(CLIENT)}
    account = msgspec.structs.replace(ACCOUNT, secrets=rotated)
    ADAPTER.verify(signed(OAUTH2_SIGNATURE_HEADER, CLIENT), account)
    ADAPTER.verify(signed(OAUTH2_SIGNATURE_HEADER, "new"), account)


@pytest.mark.parametrize("token", ['{"for_user_id":"1"}', "[1]", '"x"', "a b", "a\nb", "", "é", "x" * 257])
def test_a_challenge_cannot_be_used_to_have_a_body_signed(token: str) -> None:
    """Challenge and signature are the same function: an answer to these would be a forged delivery."""
    assert ADAPTER.challenge is not None
    assert ADAPTER.challenge(WebhookRequest("GET", {}, {"crc_token": token}, b""), ACCOUNT) is None


def test_a_challenge_is_answered_as_json() -> None:
    assert ADAPTER.manifest.challenge_media_type == "application/json"


def test_everybody_of_a_delivery_belongs_to_the_account_that_it_names() -> None:
    for name in EXPECTED:
        for item in ADAPTER.split(body(name)):
            assert item.platform_account_id in {US, None}, name
    nameless = {
        name for name in EXPECTED for item in ADAPTER.split(body(name)) if item.platform_account_id is None
    }
    assert nameless == {"replay_ended", "replay_failed"}


def test_events_of_one_body_stay_in_its_order_and_one_unknown_leaves_the_others_alone() -> None:
    delivery = json.loads(body("dm_two_in_one_body"))
    delivery["direct_message_events"].insert(1, {"type": "message_melt"})
    delivery["hologram_events"] = [{"id": "1"}]
    items = ADAPTER.split(written(delivery))
    assert len(items) == 4
    first, _, second, _ = items
    found = [event for item in (first, second) for event in ADAPTER.normalize(item.payload, RECEIVED)]
    assert found == EXPECTED["dm_two_in_one_body"]


def test_only_the_people_of_a_message_are_stored_with_it() -> None:
    delivery = json.loads(body("dm_text"))
    delivery["users"]["5"] = {"id": "5", "name": "Somebody else"}
    (item,) = ADAPTER.split(written(delivery))
    assert set(json.loads(item.payload)["users"]) == {US, ADA_ID}


def test_a_message_has_one_key_whichever_way_it_comes() -> None:
    own = json.loads(body("dm_text"))["direct_message_events"][0]["id"]
    rows = {
        "data": [
            {
                "id": own,
                "event_type": "MessageCreate",
                "text": "x",
                "sender_id": ADA_ID,
                "dm_conversation_id": PAIR,
            }
        ]
    }
    activity = {
        "data": {
            "event_uuid": "1",
            "filter": {"user_id": US},
            "event_type": "dm.received",
            "payload": {"direct_message_events": [{"type": "message_create", "id": own}]},
        }
    }
    keys = {
        ADAPTER.split(body("dm_text"))[0].dedup_key,
        ADAPTER.split(written(activity))[0].dedup_key,
        listed_items("dm_event", rows, US)[0].dedup_key,
    }
    assert keys == {f"dm:{own}"}


def test_a_post_has_one_key_and_one_message_whichever_way_it_comes() -> None:
    older = json.loads(body("mention"))["tweet_create_events"][0]
    newer = {
        "id": older["id_str"],
        "text": older["text"],
        "author_id": ADA_ID,
        "created_at": "2026-10-26T09:30:30.000Z",
        "conversation_id": older["id_str"],
        "edit_history_tweet_ids": [older["id_str"]],
        "lang": "en",
        "entities": {"mentions": [{"start": 3, "end": 15, "username": "fjord_lamps", "id": US}]},
    }
    answer = {"data": [newer], "includes": {"users": [user2(ADA), user2(WE)]}}
    event = {
        "event_type": "post.mention.create",
        "filter": {"user_id": US},
        "payload": newer,
        "includes": answer["includes"],
    }
    ways = [
        ADAPTER.split(body("mention"))[0],
        ADAPTER.split(written({"data": event}))[0],
        listed_items("post", answer, US)[0],
    ]
    assert len({item.dedup_key for item in ways}) == 1
    messages = [event for item in ways for event in ADAPTER.normalize(item.payload, RECEIVED)]
    assert messages == EXPECTED["mention"] * 3


def test_ids_too_long_for_an_index_are_kept_apart_by_their_digest() -> None:
    rows = {"data": [{"id": "9" * 2000}, {"id": "9" * 2001}]}
    keys = [item.dedup_key for item in listed_items("post", rows, US)]
    assert len(set(keys)) == 2
    assert all(len(key) < 100 for key in keys)


def test_numbers_that_were_rounded_are_not_taken_for_ids() -> None:
    (item,) = ADAPTER.split(body("mention"))
    raw = json.loads(item.payload)["item"]
    assert str(raw["id"]) != raw["id_str"]
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(event, Message)
    assert event.id == raw["id_str"]


def test_a_missing_time_is_read_from_the_id() -> None:
    delivery = json.loads(body("dm_text"))
    del delivery["direct_message_events"][0]["created_timestamp"]
    (item,) = ADAPTER.split(written(delivery))
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert event.at == AT
    assert minted(AT) == delivery["direct_message_events"][0]["id"]
