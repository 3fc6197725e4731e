"""Posts and people: reading, answering, hiding, liking, deleting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hark.standins.x.calls import Answer, Asked, Route, route
from hark.standins.x.errors import invalid, not_found, problem
from hark.standins.x.render import Renderer, asked
from hark.standins.x.weight import MOST, weight
from hark.standins.x.world import Post, World

READ = "tweet.read users.read"
WRITE = "tweet.read tweet.write users.read"


class Posts:
    """`enterprise` lifts the rules of self-serve plans. `tell` is given every post that is made or goes."""

    def __init__(self, world: World, renderer: Renderer, tell: Any) -> None:
        self.world, self.render, self.tell = world, renderer, tell
        self.enterprise = False

    def routes(self) -> list[Route]:
        anybody = "user oauth2 app"
        return [
            route("GET", "/2/users/me", self.me, scopes=READ),
            route("GET", "/2/users", self.people, anybody, READ),
            route("GET", "/2/users/{}", self.one_person, anybody, READ),
            route("GET", "/2/users/{}/mentions", self.mentions, anybody, READ),
            route("GET", "/2/users/{}/tweets", self.of_person, anybody, READ),
            route("GET", "/2/tweets", self.many, anybody, READ),
            route("GET", "/2/tweets/{}", self.one, anybody, READ),
            route("POST", "/2/tweets", self.create, scopes=WRITE),
            route("DELETE", "/2/tweets/{}", self.delete, scopes=WRITE),
            route(
                "PUT", "/2/tweets/{}/hidden", self.hide, scopes="tweet.read tweet.moderate.write users.read"
            ),
            route("POST", "/2/users/{}/likes", self.like, scopes="like.write"),
            route("DELETE", "/2/users/{}/likes/{}", self.unlike, scopes="like.write"),
        ]

    def me(self, call: Asked) -> Answer:
        return Answer({"data": self.render.person(self.world.us, asked(call.query, "user.fields"))})

    def people(self, call: Asked) -> Answer:
        fields, ids = asked(call.query, "user.fields"), call.query.get("ids", "").split(",")
        found = [
            self.render.person(self.world.people[each], fields) for each in ids if each in self.world.people
        ]
        errors = [not_found("user", each).body for each in ids if each not in self.world.people]
        return Answer({**({"data": found} if found else {}), **({"errors": errors} if errors else {})})

    def one_person(self, call: Asked) -> Answer:
        person = self.world.people.get(call.ids[0])
        if person is None:
            return Answer({"errors": [not_found("user", call.ids[0]).body]})
        return Answer({"data": self.render.person(person, asked(call.query, "user.fields"))})

    def mentions(self, call: Asked) -> Answer:
        self._only_us(call.ids[0])
        return self._page(call, self.world.mentions(), smallest=5)

    def of_person(self, call: Asked) -> Answer:
        posts = [post for post in self.world.posts.values() if post.author == call.ids[0]]
        if "retweets" in call.query.get("exclude", ""):
            posts = [post for post in posts if post.reposts is None]
        return self._page(call, sorted(posts, key=lambda post: int(post.id), reverse=True), smallest=5)

    def _page(self, call: Asked, posts: Sequence[Post], smallest: int) -> Answer:
        """Newest first. An empty list has no `data`."""
        size = page_size(call, smallest, 10)
        newer_than = call.query.get("since_id")
        if newer_than is not None and not newer_than.isdigit():
            raise invalid("since_id is no id.", since_id=newer_than)
        begin = _moment(call.query.get("start_time"))
        posts = [post for post in posts if newer_than is None or int(post.id) > int(newer_than)]
        posts = [post for post in posts if begin is None or post.at >= begin]
        start = page_start(call)
        rows = posts[start : start + size]
        meta: dict[str, Any] = {"result_count": len(rows)}
        if rows:
            meta |= {"newest_id": rows[0].id, "oldest_id": rows[-1].id}
        if start + size < len(posts):
            meta["next_token"] = page_token(start + size)
        fields = asked(call.query, "tweet.fields", "post.fields")
        body: dict[str, Any] = {"data": [self.render.post(post, fields) for post in rows]} if rows else {}
        if includes := self.render.includes(rows, call.query):
            body["includes"] = includes
        return Answer({**body, "meta": meta})

    def many(self, call: Asked) -> Answer:
        ids, fields = call.query.get("ids", "").split(","), asked(call.query, "tweet.fields", "post.fields")
        found = [self.world.posts[each] for each in ids if each in self.world.posts]
        errors = [not_found("tweet", each).body for each in ids if each not in self.world.posts]
        body: dict[str, Any] = {"data": [self.render.post(post, fields) for post in found]} if found else {}
        return Answer({**body, **({"errors": errors} if errors else {})})

    def one(self, call: Asked) -> Answer:
        post = self.world.posts.get(call.ids[0])
        if post is None:
            return Answer({"errors": [not_found("tweet", call.ids[0]).body]})
        body: dict[str, Any] = {
            "data": self.render.post(post, asked(call.query, "tweet.fields", "post.fields"))
        }
        includes = self.render.includes([post], call.query)
        return Answer({**body, **({"includes": includes} if includes else {})})

    def create(self, call: Asked) -> Answer:
        body = call.json("text", "reply", "media", "quote_tweet_id", "edit_options")
        text, files = str(body.get("text") or ""), _listed(body.get("media"), "media_ids")
        if not text and not files:
            raise invalid("Field text must not be empty.", text="")
        if weight(text) > MOST:
            raise invalid("The text is too long.", text=text[:20])
        self._check_files(files)
        if body.get("quote_tweet_id") and not self.enterprise:
            raise problem(403, "Quoting is not available on this plan.")
        reply = body.get("reply")
        target = str(reply.get("in_reply_to_tweet_id")) if isinstance(reply, dict) else None
        if target is not None:
            self._check_answerable(target)
        self._check_new(text, target)
        post = self.world.post(self.world.us.id, text, answers=target, media=tuple(files))
        self.world.created.append(post.id)
        self.tell.post(post)
        data = {"id": post.id, "text": self.render.post(post, frozenset())["text"]}
        return Answer({"data": {**data, "edit_history_tweet_ids": [post.id]}}, 201)

    def _check_files(self, files: Sequence[str]) -> None:
        known = [self.world.media.get(each) for each in files]
        if any(file is None or file.state != "succeeded" for file in known):
            raise invalid("Your media IDs are invalid.", media_ids=",".join(files))
        alone = any(file is not None and not file.category.endswith("image") for file in known)
        if len(files) > (1 if alone else 4):
            raise invalid("Too many media.", media_ids=",".join(files))

    def _check_answerable(self, target: str) -> None:
        post = self.world.posts.get(target)
        if post is None:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise problem(403, detail)
        ours = post.author == self.world.us.id
        if not self.enterprise and not ours and not self.world.may_answer(post):
            raise problem(
                403, "Reply to this conversation is not allowed because the author has not mentioned you."
            )

    def _check_new(self, text: str, target: str | None) -> None:
        """The same words in the same place are refused, the newest hundred posts long."""
        mine = [post for post in self.world.posts.values() if post.author == self.world.us.id]
        if text and any(post.text == text and post.answers == target for post in mine[-100:]):
            raise problem(403, "You are not allowed to create a Tweet with duplicate content.")

    def delete(self, call: Asked) -> Answer:
        post = self.world.posts.get(call.ids[0])
        if post is None:
            raise not_found("tweet", call.ids[0])
        if post.author != self.world.us.id:
            raise problem(403, "You are not authorized to delete this Tweet.")
        del self.world.posts[post.id]
        self.tell.delete(post)
        return Answer({"data": {"deleted": True}})

    def hide(self, call: Asked) -> Answer:
        hidden = call.json("hidden").get("hidden")
        post = self.world.posts.get(call.ids[0])
        if post is None:
            raise not_found("tweet", call.ids[0])
        root = self.world.posts.get(post.conversation)
        if root is None or root.author != self.world.us.id or post is root:
            raise problem(403, "You may only hide replies in conversations that you started.")
        post.hidden = hidden is True
        return Answer({"data": {"hidden": post.hidden}})

    def like(self, call: Asked) -> Answer:
        self._check_likes(call.ids[0])
        target = str(call.json("tweet_id").get("tweet_id"))
        if target not in self.world.posts:
            raise not_found("tweet", target)
        self.world.liked.add(target)
        return Answer({"data": {"liked": True}})

    def unlike(self, call: Asked) -> Answer:
        self._check_likes(call.ids[0])
        self.world.liked.discard(call.ids[1])
        return Answer({"data": {"liked": False}})

    def _check_likes(self, person: str) -> None:
        self._only_us(person)
        if not self.enterprise:
            raise problem(403, "Likes are not available on this plan.", "client-not-entitled")

    def _only_us(self, person: str) -> None:
        if person != self.world.us.id:
            raise problem(403, "The id must be that of the authenticated user.")


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise invalid("start_time is not a time.", start_time=text) from error


def page_size(call: Asked, smallest: int, usual: int) -> int:
    given = call.query.get("max_results", str(usual))
    if not given.isdigit() or not smallest <= int(given) <= 100:
        raise invalid(f"max_results must be {smallest} to 100.", max_results=given)
    return int(given)


def page_start(call: Asked) -> int:
    token = call.query.get("pagination_token", page_token(0))
    if not token.startswith("stand-in-page-") or not token[14:].isdigit():
        raise invalid("The pagination token is not valid.", pagination_token=token)
    return int(token[14:])


def page_token(start: int) -> str:
    return f"stand-in-page-{start:06d}"


def _listed(value: Any, key: str) -> list[str]:
    rows = value.get(key) if isinstance(value, dict) else None
    return [str(row) for row in rows] if isinstance(rows, list) else []
