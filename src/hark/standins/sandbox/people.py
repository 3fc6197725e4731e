"""What people do: write, comment, review, change their minds, read."""

from __future__ import annotations

from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.models import Item, Person
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.rules import LONGEST_PERSON_TEXT

_COLORS = 6


def write(
    network: Network,
    person_id: str,
    text: str,
    *,
    media: list[str] | None = None,
    quoted: str | None = None,
    button: str | None = None,
    content: str = "text",
) -> Item:
    """A direct message. Writing to a business that one blocked lifts the block."""
    person = network.load_person(person_id)
    if person.blocked:
        block(network, person_id, False)
    return _publish(
        network,
        "dm",
        person,
        text,
        thread=person.id,
        media=media,
        quoted=quoted,
        button=button,
        content=content,
    )


def comment(
    network: Network,
    person_id: str,
    text: str,
    *,
    post: str,
    in_reply_to: str | None = None,
    media: list[str] | None = None,
) -> Item:
    """Under a post, or under another comment of it."""
    if post not in network.state.posts:
        raise ApiProblem(404, "not_found", "There is no such post.")
    above = network.load_item(in_reply_to) if in_reply_to else None
    return _publish(
        network,
        "comment",
        network.load_person(person_id),
        text,
        thread=above.thread if above else None,
        post=post,
        in_reply_to=in_reply_to,
        media=media,
    )


def mention(
    network: Network,
    person_id: str,
    text: str,
    *,
    in_reply_to: str | None = None,
    media: list[str] | None = None,
) -> Item:
    """A public post of the person that names the business, or a further word below it."""
    above = network.load_item(in_reply_to) if in_reply_to else None
    return _publish(
        network,
        "mention",
        network.load_person(person_id),
        text,
        thread=above.thread if above else None,
        in_reply_to=in_reply_to,
        media=media,
    )


def review(network: Network, person_id: str, text: str, *, rating: int) -> Item:
    if not 1 <= rating <= 5:
        raise ApiProblem(400, "invalid_rating", "A review has one to five stars.")
    return _publish(network, "review", network.load_person(person_id), text, rating=rating)


def _publish(
    network: Network,
    source: str,
    person: Person,
    text: str,
    *,
    thread: str | None = None,
    post: str | None = None,
    in_reply_to: str | None = None,
    media: list[str] | None = None,
    quoted: str | None = None,
    rating: int | None = None,
    button: str | None = None,
    content: str = "text",
) -> Item:
    _check_words(network, text, media, rating is not None or content != "text")
    if person.banned and source != "review":
        raise ApiProblem(403, "banned", f"{network.account.name} takes nothing from {person.name} any more.")
    name = network.new_name({"dm": "dm", "comment": "co", "mention": "me", "review": "re"}[source])
    return network.add(
        Item(
            id=name,
            source=source,
            thread=thread or name,
            author=person.id,
            at=network.now(),
            text=text,
            media=list(media or ()),
            post=post,
            in_reply_to=in_reply_to,
            quoted=quoted,
            rating=rating,
            button=button,
            content=content,
        )
    )


def _check_words(network: Network, text: str, media: list[str] | None, may_be_empty: bool) -> None:
    if len(text) > LONGEST_PERSON_TEXT:
        raise ApiProblem(400, "text_too_long", f"Nobody writes more than {LONGEST_PERSON_TEXT} characters.")
    if not text.strip() and not media and not may_be_empty:
        raise ApiProblem(400, "empty", "Write something, or add a picture.")
    for name in media or ():
        if name not in network.state.media:
            raise ApiProblem(404, "not_found", "The picture is not there any more.")


def edit(network: Network, item_id: str, *, text: str | None = None, rating: int | None = None) -> Item:
    item = network.load_item(item_id)
    if text is not None:
        _check_words(network, text, item.media, item.rating is not None)
        item.text = text
    if rating is not None and item.rating is not None:
        item.rating = min(5, max(1, rating))
    item.edited_at = network.now()
    network.tell("item", item)
    network.emit("edit", change={"target": item.id, "text": item.text, "rating": item.rating})
    return item


def delete(network: Network, item_id: str) -> Item:
    item = network.load_item(item_id)
    item.deleted = True
    item.text = ""
    for name in item.media:
        network.files.pop(name, None)
    network.tell("item", item)
    network.emit("delete", target=item.id)
    return item


def react(network: Network, item_id: str, person_id: str, emoji: list[str]) -> Item:
    """The person's complete set on the item; empty takes it back."""
    item = network.load_item(item_id)
    network.load_person(person_id)
    item.reactions = {key: value for key, value in item.reactions.items() if key != person_id}
    if emoji:
        item.reactions[person_id] = emoji
    network.tell("item", item)
    network.emit("react", target=item.id, author=network.author(person_id), emoji=emoji)
    return item


def read(network: Network, person_id: str) -> int:
    """The person has the thread open: everything of the business in it is delivered and read. Gives how
    many were new."""
    now = network.now()
    new = [
        item
        for item in network.thread(person_id, "dm")
        if item.author == network.account.id and not item.read_at
    ]
    for item in new:
        item.delivered_at = item.delivered_at or now
        item.read_at = now
        network.tell("item", item)
    if new:
        network.emit("receipt", at=now, status="read", thread=person_id, until=max(item.at for item in new))
    return len(new)


def receive(network: Network, person_id: str) -> int:
    """The person's phone fetches what waits for it."""
    now = network.now()
    new = [
        item
        for item in network.thread(person_id, "dm")
        if item.author == network.account.id and not item.delivered_at
    ]
    for item in new:
        item.delivered_at = now
        network.tell("item", item)
        network.emit("receipt", at=now, status="delivered", target=item.id)
    return len(new)


def switch_phone(network: Network, person_id: str, online: bool) -> Person:
    person = network.load_person(person_id)
    person.online = online
    network.tell("person", person)
    if online:
        receive(network, person_id)
    return person


def block(network: Network, person_id: str, blocked: bool) -> Person:
    person = network.load_person(person_id)
    if person.blocked != blocked:
        person.blocked = blocked
        network.tell("person", person)
        network.emit("block" if blocked else "unblock", person=network.author(person_id))
    return person


def call_business(network: Network, person_id: str) -> None:
    """A call that nobody takes: something in a thread that has no message form."""
    network.load_person(person_id)
    network.emit("call", thread=person_id, person=network.author(person_id), details={"outcome": "missed"})


def type_words(network: Network, person_id: str) -> None:
    network.load_person(person_id)
    network.emit("typing", thread=person_id, person=network.author(person_id))


def join(network: Network, name: str, language: str) -> Person:
    """A new person; the handle follows the name."""
    name = " ".join(name.split())[:80]
    if not name:
        raise ApiProblem(400, "empty", "A person needs a name.")
    handle = "".join(letter for letter in name.casefold() if letter.isalnum())[:20] or "somebody"
    taken = {person.handle for person in network.state.people.values()}
    unique = handle if handle not in taken else f"{handle}{len(taken)}"
    person = Person(
        id=network.new_name("pe"), name=name, handle=unique, language=language, color=len(taken) % _COLORS
    )
    network.state.people[person.id] = person
    network.tell("person", person)
    return person
