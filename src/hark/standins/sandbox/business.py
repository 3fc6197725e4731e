"""What the business does through the API."""

from __future__ import annotations

from typing import Literal

import msgspec

from hark.standins.sandbox import people
from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.models import Item, Media
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.rules import (
    ALT_TEXT,
    MENTION_WINDOW,
    MENTION_WINDOW_HUMAN,
    PRIVATE_WINDOW,
    check_files,
    check_text,
    fill_template,
    kind_of,
)


class ChosenTemplate(msgspec.Struct):
    name: str
    language: str
    values: list[str] = []


class Submission(msgspec.Struct):
    """The body of `POST /v1/messages`. `template` in place of `text`; `alts` describe the files in their order. `to` or
    `thread` for a message, `in_reply_to` for the public ones, `private_to` for a message that answers a comment. `reference`
    is the sender's own and comes back in the echo."""

    source: Literal["dm", "comment", "mention", "review"]
    text: str = ""
    thread: str | None = None
    to: str | None = None
    quoted: str | None = None
    in_reply_to: str | None = None
    private_to: str | None = None
    reference: str | None = None
    by_human: bool = True
    template: ChosenTemplate | None = None
    alts: list[str] = []


class Upload(msgspec.Struct):
    name: str
    mime_type: str
    content: bytes


def send(network: Network, submission: Submission, uploads: list[Upload], dm_window: int | None) -> Item:
    """One new item of the business. `dm_window` in milliseconds closes message threads, where the network
    is told to."""
    if submission.template is not None:
        chosen = submission.template
        submission.text = fill_template(chosen.name, chosen.language, chosen.values)
        dm_window = None
    files = [(kind_of(upload.mime_type), len(upload.content)) for upload in uploads]
    check_text(submission.source, submission.text)
    check_files(submission.source, files)
    if not submission.text.strip() and not uploads:
        raise ApiProblem(400, "empty", "A message needs a text or a file.")
    public = submission.source != "dm"
    item = _answer(network, submission) if public else _message(network, submission, dm_window)
    alts = [*submission.alts, *[""] * len(uploads)]
    item.media = [_keep(network, upload, alt).id for upload, alt in zip(uploads, alts, strict=False)]
    network.add(item)
    if item.source == "dm" and network.load_person(item.thread).online:
        people.receive(network, item.thread)
    return item


def _keep(network: Network, upload: Upload, alt: str) -> Media:
    if len(alt) > ALT_TEXT:
        raise ApiProblem(400, "alt_too_long", f"A description may have {ALT_TEXT} characters.")
    media = network.keep_file(upload.name, upload.mime_type, upload.content, kind_of(upload.mime_type))
    media.alt = alt or None
    return media


def _message(network: Network, submission: Submission, dm_window: int | None) -> Item:
    person = network.load_person(_recipient(network, submission))
    if person.blocked:
        raise ApiProblem(403, "blocked_by_person", f"{person.name} does not take messages from you any more.")
    theirs = [item for item in network.thread(person.id, "dm") if item.author == person.id]
    if submission.private_to is None:
        if not theirs:
            raise ApiProblem(403, "not_written_yet", "A business can write only to people who wrote first.")
        if dm_window is not None and network.now() - theirs[-1].at > dm_window:
            raise ApiProblem(
                400, "window_closed", "The time to answer is over until the person writes again."
            )
    return _item(network, submission, "dm", thread=person.id)


def _recipient(network: Network, submission: Submission) -> str:
    if submission.private_to is None:
        return submission.to or submission.thread or ""
    answered = network.load_item(submission.private_to)
    if answered.source not in {"comment", "mention"} or answered.author == network.account.id:
        raise ApiProblem(400, "not_a_comment", "Only somebody's comment can be answered privately.")
    if network.now() - answered.at >= PRIVATE_WINDOW:
        raise ApiProblem(400, "private_window_closed", "The time for a private answer is over.")
    if any(item.private_to == answered.id for item in network.state.items.values()):
        raise ApiProblem(400, "private_reply_used", "This comment was answered privately already.")
    return answered.author


def _answer(network: Network, submission: Submission) -> Item:
    above = network.load_item(submission.in_reply_to or submission.thread or "")
    if above.source != submission.source:
        raise ApiProblem(400, "wrong_place", f"This is a {above.source}, not a {submission.source}.")
    if above.source == "mention":
        _check_mention_window(network, above.thread, submission.by_human)
    return _item(network, submission, above.source, thread=above.thread, post=above.post, above=above.id)


def _check_mention_window(network: Network, thread: str, by_human: bool) -> None:
    theirs = [item.at for item in network.thread(thread, "mention") if item.author != network.account.id]
    allowed = MENTION_WINDOW_HUMAN if by_human else MENTION_WINDOW
    if theirs and network.now() - max(theirs) > allowed:
        raise ApiProblem(400, "window_closed", "The time to answer is over until the person writes again.")


def _item(
    network: Network,
    submission: Submission,
    source: str,
    *,
    thread: str,
    post: str | None = None,
    above: str | None = None,
) -> Item:
    return Item(
        id=network.new_name("us"),
        source=source,
        thread=thread,
        author=network.account.id,
        at=network.now(),
        text=submission.text,
        post=post,
        in_reply_to=above,
        quoted=submission.quoted,
        reference=submission.reference,
        private_to=submission.private_to,
    )


def change(network: Network, item_id: str, *, text: str | None, hidden: bool | None) -> Item:
    """New words for an own item, or the visibility of a comment."""
    item = network.load_item(item_id)
    if text is not None:
        _check_own(network, item)
        check_text(item.source, text)
        item.text = text
        item.edited_at = network.now()
    if hidden is not None:
        if item.source != "comment":
            raise ApiProblem(400, "not_a_comment", "Only comments can be hidden.")
        item.hidden = hidden
    network.tell("item", item)
    network.emit("edit", change={"target": item.id, "text": text, "hidden": hidden})
    return item


def delete(network: Network, item_id: str) -> Item:
    """An own item, or somebody's comment under an own post."""
    item = network.load_item(item_id)
    if item.source != "comment":
        _check_own(network, item)
    return people.delete(network, item_id)


def _check_own(network: Network, item: Item) -> None:
    if item.author != network.account.id:
        raise ApiProblem(403, "not_yours", "This is somebody else's.")


def like(network: Network, item_id: str, liked: bool) -> Item:
    item = network.load_item(item_id)
    if item.source not in {"comment", "mention"}:
        raise ApiProblem(400, "not_public", "Only comments and mentions can be liked.")
    item.liked = liked
    network.tell("item", item)
    return item


def react(network: Network, item_id: str, emoji: list[str]) -> Item:
    item = network.load_item(item_id)
    us = network.account.id
    item.reactions = {key: value for key, value in item.reactions.items() if key != us}
    if emoji:
        item.reactions[us] = emoji[:1]
    network.tell("item", item)
    network.emit("react", target=item.id, author=network.author(us), emoji=emoji[:1])
    return item


def ban(network: Network, person_id: str, banned: bool) -> None:
    """Whoever is banned can write nothing to the business."""
    person = network.load_person(person_id)
    person.banned = banned
    network.tell("person", person)


def read(network: Network, thread: str) -> None:
    network.load_person(thread)
    network.state.read_by_us[thread] = network.now()
    network.tell("read", {"thread": thread, "at": network.now()})


def type_words(network: Network, thread: str) -> None:
    network.load_person(thread)
    network.tell("typing", {"thread": thread})
