"""The language of short texts as customers write them; what says too little is unknown."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hark.inbox.languages import detect_language

TOLD = [
    ("de", "Wo bleibt mein Paket?"),
    ("de", "danke schön"),
    ("de", "Hi team, das Paket ist kaputt angekommen"),
    ("en", "Where is my parcel?"),
    ("en", "thanks a lot"),
    ("en", "my order never arrived 😡😡😡"),
    ("fr", "Où est mon colis ?"),
    ("es", "¿Dónde está mi pedido?"),
    ("it", "vorrei un rimborso per favore"),
    ("pt", "o produto chegou quebrado"),
    ("nl", "Waar is mijn pakket?"),
    ("pl", "Gdzie jest moja paczka?"),
    ("tr", "siparişim nerede acaba"),
    ("uk", "Де моє замовлення, скажіть будь ласка?"),
    ("ru", "Где мой заказ?"),
    ("ar", "أين طلبي"),
    ("ja", "注文はどこですか"),
    ("zh", "我的包裹在哪里"),
    ("ko", "제 주문은 어디에 있나요"),
    ("el", "Πού είναι το πακέτο μου;"),
    ("sv", "var är mitt paket"),
    ("cs", "kde je můj balíček"),
]
UNKNOWN = [
    "",
    "ok",
    "hi",
    "👍",
    "lol 😂😂",
    "+49 171 1234567",
    "https://example.com/wo/bleibt/mein/paket",
    "#4711",
    "@hark @anna",
    "?!",
]


@pytest.mark.parametrize(("language", "text"), TOLD)
def test_a_sentence_is_told(language: str, text: str) -> None:
    assert detect_language(text).language == language


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_says_too_little_is_unknown(text: str) -> None:
    assert detect_language(text).language is None


def test_links_and_names_do_not_count() -> None:
    assert (
        detect_language("@the_english_shop https://example.com/where-is-it Wo bleibt mein Paket?").language
        == "de"
    )


def test_much_text_settles_it_and_little_does_not() -> None:
    assert not detect_language("Wo bleibt mein Paket?").settled
    assert detect_language(
        "Wo bleibt mein Paket? Ich warte seit einer Woche und niemand antwortet mir auf meine Fragen."
    ).settled


@given(st.text(max_size=3000))
def test_no_text_breaks_it(text: str) -> None:
    found = detect_language(text)
    assert found.language is None or 2 <= len(found.language) <= 3


def test_it_takes_less_than_a_millisecond() -> None:
    detect_language("warm up the model with some text")
    took = []
    for _ in range(50):
        begun = perf_counter()
        detect_language("Wo bleibt mein Paket? Ich warte schon seit Tagen darauf.")
        took.append(perf_counter() - begun)
    assert sorted(took)[25] < 0.001
