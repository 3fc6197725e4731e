"""Posts, comments, likes and reviews of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.events import Events, permalink
from hark.standins.facebook.web import Request
from hark.standins.facebook.wire import graph_time
from hark.standins.facebook.world import Comment, Page, Post, Review, World

MAX_COMMENT = 8000
Commentable = Post | Comment | Review


class Timeline:
    def __init__(self, world: World, events: Events) -> None:
        self.world = world
        self.events = events

    def find(self, object_id: str) -> Commentable | None:
        return (
            self.world.comments.get(object_id)
            or self.world.posts.get(object_id)
            or self.world.reviews.get(object_id)
        )

    def load(self, object_id: str, page: Page) -> Commentable:
        found = self.find(object_id)
        if found is None or found.page_id != page.id:
            raise missing(object_id)
        return found

    def load_comment(self, object_id: str, page: Page) -> Comment:
        found = self.load(object_id, page)
        if not isinstance(found, Comment):
            raise missing(object_id)
        return found

    # Comments

    def add_comment(self, page: Page, object_id: str, request: Request) -> dict[str, Any]:
        """POST /{object}/comments in the page's name."""
        under = self.load(object_id, page)
        message, photo = request.text("message"), self._photo(request)
        if not message and photo is None:
            raise invalid("A comment needs a message or an attachment")
        _check_length(message)
        comment = self.world.add_comment(under, page.id, message, photo)
        self.events.comment(comment, "add")
        return {"id": comment.id}

    def _photo(self, request: Request) -> str | None:
        if "source" in request.files:
            upload = request.files["source"]
            return self.world.keep_file(upload.name, upload.mime_type, upload.content)
        if request.values.get("attachment_url"):
            return request.text("attachment_url")
        if request.values.get("attachment_id"):
            return f"https://scontent.xx.fbcdn.net/v/{request.text('attachment_id')}.jpg?oe=1"
        return None

    def change_comment(self, page: Page, object_id: str, request: Request) -> dict[str, Any]:
        """POST /{comment}: hide, show, or new words for an own comment."""
        comment = self.load_comment(object_id, page)
        if "is_hidden" in request.values:
            hidden = request.text("is_hidden").lower() in {"true", "1"}
            if hidden != comment.hidden:
                comment.hidden = hidden
                self.events.comment(comment, "hide" if hidden else "unhide")
        if "message" in request.values:
            if comment.author_id != page.id:
                raise GraphFault(200, "(#200) The comment was not made by the page", status=403)
            message = request.text("message")
            _check_length(message)
            comment.message = message
            self.events.comment(comment, "edited")
        return {"success": True}

    def remove_comment(self, page: Page, object_id: str) -> dict[str, Any]:
        comment = self.load_comment(object_id, page)
        for answer in list(self.world.comments_under(comment.id, flat=True)):
            del self.world.comments[answer.id]
        del self.world.comments[comment.id]
        self.events.comment(comment, "remove")
        return {"success": True}

    def like(self, page: Page, object_id: str, *, on: bool) -> dict[str, Any]:
        comment = self.load_comment(object_id, page)
        changed = on != (page.id in comment.likes)
        if changed and on:
            comment.likes.append(page.id)
        elif changed:
            comment.likes.remove(page.id)
        if changed:
            self.events.comment_reaction(comment, page.id, "like", "add" if on else "remove")
        return {"success": True}

    def comments(
        self, object_id: str, arguments: Mapping[str, Any], wanted: list[fields.Field] | None
    ) -> Any:
        flat = arguments.get("filter") == "stream"
        found = sorted(self.world.comments_under(object_id, flat=flat), key=lambda comment: comment.at)
        if arguments.get("order") == "reverse_chronological":
            found.reverse()
        rows = [
            fields.select(self.comment_row(comment), wanted, "id,created_time,from,message")
            for comment in found
        ]
        answer = fields.page_of(rows, arguments, f"v26.0/{object_id}/comments")
        if str(arguments.get("summary", "")).lower() in {"true", "1"}:
            answer["summary"] = {"order": "chronological", "total_count": len(found), "can_comment": True}
        return answer

    def comment_row(self, comment: Comment) -> dict[str, Any]:
        parent = self.world.comments.get(comment.parent_id or "")
        return {
            "id": comment.id,
            "created_time": graph_time(comment.at),
            "from": {"name": self.world.name_of(comment.author_id), "id": comment.author_id},
            "message": comment.message,
            "attachment": _photo_row(comment),
            "parent": {"id": parent.id, "created_time": graph_time(parent.at)} if parent else None,
            "comment_count": len(list(self.world.comments_under(comment.id, flat=True))),
            "like_count": len(comment.likes),
            "is_hidden": comment.hidden,
            "can_reply_privately": comment.author_id != comment.page_id and not comment.private_replied,
            "permalink_url": f"https://www.facebook.com/{comment.post_id}?comment_id={comment.id}",
            "comments": lambda arguments, nested: self.comments(comment.id, arguments, nested),
        }

    # Posts and reviews

    def feed(self, page: Page, request: Request) -> dict[str, Any]:
        """GET /{page}/feed: posts of the page and its visitors, newest first."""
        posts = sorted(
            (post for post in self.world.posts.values() if post.page_id == page.id),
            key=lambda post: post.at,
            reverse=True,
        )
        wanted = fields.parse(request.text("fields", "id,created_time,message"))
        rows = [fields.select(self.post_row(post), wanted) for post in posts]
        return fields.page_of(rows, request.values, f"v26.0/{page.id}/feed")

    def post_row(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.id,
            "created_time": graph_time(post.at),
            "updated_time": graph_time(post.at),
            "from": {"name": self.world.name_of(post.author_id), "id": post.author_id},
            "message": post.message or None,
            "permalink_url": permalink(post),
            "full_picture": post.picture,
            "story": None,
            "is_published": post.published,
            "promotion_status": "inactive",
            "comments": lambda arguments, nested: self.comments(post.id, arguments, nested),
        }

    def ratings(self, page: Page, request: Request) -> dict[str, Any]:
        if self.world.reviews_gone:
            raise GraphFault(12, "(#12) This endpoint is deprecated for versions v22.0 and higher")
        reviews = sorted(
            (review for review in self.world.reviews.values() if review.page_id == page.id),
            key=lambda review: review.at,
            reverse=True,
        )
        wanted = fields.parse(request.text("fields", "created_time,recommendation_type,review_text,reviewer"))
        rows = [fields.select(self.review_row(review), wanted) for review in reviews]
        ids = {id(row): review.id for row, review in zip(rows, reviews, strict=True)}
        return fields.page_of(rows, request.values, f"v26.0/{page.id}/ratings", key=lambda row: ids[id(row)])

    def review_row(self, review: Review) -> dict[str, Any]:
        kind = "positive" if review.recommended else "negative"
        return {
            "created_time": graph_time(review.at),
            "recommendation_type": kind,
            "review_text": review.text,
            "reviewer": {"name": self.world.name_of(review.reviewer_id), "id": review.reviewer_id},
            "open_graph_story": {"id": review.id, "type": "sellers.rates"},
            "has_review": review.text is not None,
            "has_rating": False,
            "rating": None,
        }


def _photo_row(comment: Comment) -> dict[str, Any] | None:
    if comment.photo is None:
        return None
    return {"type": "photo", "media": {"image": {"src": comment.photo, "width": 8, "height": 8}}}


def _check_length(message: str) -> None:
    if len(message) > MAX_COMMENT:
        raise invalid(f"Length of param message must be less than or equal to {MAX_COMMENT}")
