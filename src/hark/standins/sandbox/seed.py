"""Who is there at the first start: a business with two posts, and a few people."""

from __future__ import annotations

from hark.standins.sandbox.models import Account, Person, Post, State

_HOUR = 3600 * 1000

_PEOPLE = (
    Person(id="ana", name="Ana Ruiz", handle="ana.ruiz", language="en", color=0),
    Person(id="jonas", name="Jonas Weber", handle="jonasw", language="de", color=1),
    Person(id="mei", name="Mei Tanaka", handle="mei_t", language="ja", color=2),
    Person(id="kwame", name="Kwame Mensah", handle="kwame.m", language="en", color=3),
    Person(id="leonie", name="Leonie Schäfer-Okonkwo", handle="leonie.so", language="de", color=4),
    Person(id="omar", name="عمر حداد", handle="omar.h", language="ar", color=5),
)

_POSTS = (
    (
        "post-autumn",
        26,
        "The autumn roast is here: hazelnut, plum, a little smoke. In the shop from Friday, online today.",
        "autumn.svg",
    ),
    (
        "post-workshop",
        3,
        "Saturday workshop: flat whites at home. Six places, beginners welcome. Who is coming?",
        "workshop.svg",
    ),
)


def seeded(now: int, token: str) -> State:
    """`now` in milliseconds; posts are some hours older."""
    return State(
        account=Account(id="lumen", name="Lumen Coffee", handle="lumencoffee", token=token),
        people={person.id: _copy(person) for person in _PEOPLE},
        posts={
            key: Post(id=key, text=text, at=now - hours * _HOUR, picture=picture)
            for key, hours, text, picture in _POSTS
        },
    )


def _copy(person: Person) -> Person:
    return Person(
        id=person.id, name=person.name, handle=person.handle, language=person.language, color=person.color
    )
