"""The made-up Facebook: an app, pages, people, posts, comments, conversations, reviews. All in memory."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from hark.kernel.clock import Clock, utc_now

INBOX_APP = "26390203743090"
"""The app id that echoes of the page's own inbox carry."""

ALL_SCOPES = (
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
)


ALL_TASKS = ("ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE")


class App(msgspec.Struct):
    id: str = "990000000000001"
    secret: str = "stand-in-app-secret"
    user_token: str = "stand-in-user-token"
    short_token: str = "stand-in-user-token-of-an-hour"
    code: str = "stand-in-code"
    callback_url: str | None = None
    verify_token: str = ""
    fields: list[str] = []


class Page(msgspec.Struct):
    """`subscribed` are the fields of our app's subscription; None when the app is not subscribed.
    `token_state`: ok, or the subcode of the error that the token now gives."""

    id: str
    name: str
    token: str
    subscribed: list[str] | None = None
    token_state: str = "ok"
    scopes: list[str] = msgspec.field(default_factory=lambda: list(ALL_SCOPES))
    tasks: list[str] = msgspec.field(default_factory=lambda: list(ALL_TASKS))
    human_agent: bool = True
    blocked: list[str] = []
    policy: str | None = None


class Person(msgspec.Struct):
    """`id` is page-scoped: the sender of messages and the author of comments."""

    id: str
    first_name: str
    last_name: str
    blocks_page: bool = False
    hidden_profile: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class StoredMessage(msgspec.Struct):
    mid: str
    by_page: bool
    at: datetime
    text: str = ""
    attachments: list[dict[str, Any]] = []
    reply_to: str | None = None
    metadata: str | None = None
    app_id: str | None = None
    reactions: dict[str, str] = {}
    edits: int = 0
    deleted: bool = False


class Conversation(msgspec.Struct):
    """`opened_at` is the customer's last action that opens the reply window; `owner` another app that has
    the thread."""

    id: str
    page_id: str
    person_id: str
    messages: list[StoredMessage] = []
    opened_at: datetime | None = None
    owner: str | None = None
    typing: bool = False
    seen_at: datetime | None = None

    @property
    def updated_at(self) -> datetime:
        return max((message.at for message in self.messages), default=datetime.fromtimestamp(0, UTC))


class Post(msgspec.Struct):
    """`author_id` is the page, or a visitor. `id` is page, underscore, number."""

    id: str
    page_id: str
    author_id: str
    at: datetime
    message: str = ""
    picture: str | None = None
    private_replied: bool = False
    published: bool = True


class Comment(msgspec.Struct):
    """`parent_id` is a comment (only one level below), or None on the post, mention or review itself."""

    id: str
    page_id: str
    post_id: str
    author_id: str
    at: datetime
    message: str = ""
    parent_id: str | None = None
    photo: str | None = None
    hidden: bool = False
    likes: list[str] = []
    private_replied: bool = False
    on_review: str | None = None


class File(msgspec.Struct):
    """A picture or document that the stand-in serves itself."""

    name: str
    mime_type: str
    content: bytes


class Review(msgspec.Struct):
    id: str
    page_id: str
    reviewer_id: str
    at: datetime
    recommended: bool
    text: str | None = None


class World:
    """Everything there is, and how it is found."""

    def __init__(self, clock: Clock = utc_now, seed: int = 1) -> None:
        self.clock = clock
        self.shift = timedelta(0)
        self.random = random.Random(seed)
        self.app = App()
        self.pages: dict[str, Page] = {}
        self.people: dict[str, Person] = {}
        self.conversations: dict[tuple[str, str], Conversation] = {}
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.reviews: dict[str, Review] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.files: dict[str, File] = {}
        self.address = "http://127.0.0.1"
        self.reviews_gone = False
        self.add_page("880000000000001", "Stand-in Bakery", "stand-in-page-token")
        self.add_person("Mara", "Example", "6600000000000001")
        self.add_post("880000000000001", "880000000000001", "Fresh bread every morning")

    def now(self) -> datetime:
        return self.clock() + self.shift

    def keep_file(self, name: str, mime_type: str, content: bytes) -> str:
        """Where the file can be fetched from now on."""
        key = self.number()
        self.files[key] = File(name, mime_type, content)
        return f"{self.address}/_media/{key}/{quote(name)}"

    def number(self, digits: int = 15) -> str:
        return str(self.random.randrange(10 ** (digits - 1), 10**digits))

    def mid(self) -> str:
        alphabet = string.ascii_letters + string.digits + "_-"
        return "m_" + "".join(self.random.choices(alphabet, k=86))

    def add_page(self, page_id: str, name: str, token: str) -> Page:
        page = Page(page_id, name, token)
        self.pages[page_id] = page
        return page

    def add_person(self, first_name: str, last_name: str, person_id: str | None = None) -> Person:
        person = Person(person_id or self.number(17), first_name, last_name)
        self.people[person.id] = person
        return person

    def add_post(self, page_id: str, author_id: str, message: str, picture: str | None = None) -> Post:
        post = Post(f"{page_id}_{self.number(16)}", page_id, author_id, self.now(), message, picture)
        self.posts[post.id] = post
        return post

    def add_comment(
        self, under: Post | Comment | Review, author_id: str, message: str, photo: str | None
    ) -> Comment:
        """Answering an answer hangs on the same parent: there are only two levels."""
        parent = (under.parent_id or under.id) if isinstance(under, Comment) else None
        post_id = under.post_id if isinstance(under, Comment) else under.id
        on_review = under.on_review if isinstance(under, Comment) else None
        if isinstance(under, Review):
            post_id, on_review = f"{under.page_id}_{under.id}", under.id
        comment_id = f"{post_id.rpartition('_')[2]}_{self.number(15)}"
        comment = Comment(
            comment_id,
            under.page_id,
            post_id,
            author_id,
            self.now(),
            message,
            parent,
            photo,
            on_review=on_review,
        )
        self.comments[comment_id] = comment
        return comment

    def conversation(self, page_id: str, person_id: str) -> Conversation:
        found = self.conversations.get((page_id, person_id))
        if found is None:
            found = Conversation(f"t_{self.number(17)}", page_id, person_id)
            self.conversations[page_id, person_id] = found
        return found

    def message(self, mid: str) -> tuple[Conversation, StoredMessage] | None:
        for conversation in self.conversations.values():
            for message in conversation.messages:
                if message.mid == mid:
                    return conversation, message
        return None

    def only_page(self) -> Page:
        return next(iter(self.pages.values()))

    def name_of(self, author_id: str) -> str:
        known: Page | Person | None = self.pages.get(author_id) or self.people.get(author_id)
        return known.name if known else ""

    def comments_under(self, object_id: str, *, flat: bool) -> Iterable[Comment]:
        """Of a post or review all, or with `flat` false only the first level; of a comment its answers."""
        for comment in self.comments.values():
            if comment.parent_id == object_id or (
                object_id in {comment.post_id, comment.on_review} and (flat or comment.parent_id is None)
            ):
                yield comment
