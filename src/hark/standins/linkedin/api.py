"""The Rest.li resources that a page's app uses, with the refusals and limits of LinkedIn's documentation."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hark.standins.linkedin.http import Answer, Refusal, Request, decoded, page_of
from hark.standins.linkedin.world import SUBSCRIPTION_DAYS, Comment, World

MOST_CHARACTERS = 1250
REACTIONS = frozenset({"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"})
_COMMENTS = re.compile(r"socialActions/([^/]+)/comments(?:/(\d+))?")
_SUBSCRIPTION = re.compile(
    r"eventSubscriptions/\(developerApplication:([^,]+),user:([^,]+),entity:([^,]+),eventType:([A-Z_]+)\)"
)
_REACTION = re.compile(r"reactions/\(actor:([^,]+),entity:([^,]+)\)")
_RANGE = re.compile(r"\(start:(\d+),end:(\d+)\)")
_LIST = re.compile(r"List\(([A-Z_,]+)\)")

Noted = Callable[[dict[str, Any]], None]
Reached = Callable[[str], Any]


class Api:
    """`noted` is told of what notifications follow; `reached` proves that an address is the app's."""

    def __init__(self, world: World, noted: Noted, reached: Reached) -> None:
        self.world, self._noted, self._reached = world, noted, reached
        self._created: deque[datetime] = deque()
        self._day: tuple[str, int] = ("", 0)

    async def handle(self, request: Request) -> Answer:
        """Everything below /rest/."""
        self._check(request)
        path = request.path.removeprefix("rest/")
        if found := _COMMENTS.fullmatch(path):
            return self._comments(request, decoded(found.group(1)), found.group(2))
        if found := _SUBSCRIPTION.fullmatch(path):
            return await self._subscription(request, [decoded(part) for part in found.groups()[:3]])
        if found := _REACTION.fullmatch(path):
            return self._unreact(request, decoded(found.group(1)), decoded(found.group(2)))
        name, _, rest = path.partition("/")
        known: dict[tuple[str, str], Callable[[Request, str], Answer]] = {
            ("GET", "organizationalEntityNotifications"): self._notifications,
            ("GET", "organizationAcls"): self._roles,
            ("GET", "organizations"): self._organization,
            ("GET", "posts"): self._post,
            ("POST", "reactions"): self._react,
        }
        handler = known.get((request.method, name))
        if handler is None:
            raise Refusal(404, f"No virtual resource found: {request.path}")
        return handler(request, rest)

    def _check(self, request: Request) -> None:
        world, version = self.world, request.headers.get("linkedin-version")
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            raise Refusal(401, "Empty oauth2_access_token", serviceErrorCode=401)
        if given != world.token.access or world.token.ends <= world.clock():
            raise Refusal(401, "Invalid access token", serviceErrorCode=65600, code="INVALID_ACCESS_TOKEN")
        if world.token.revoked:
            raise Refusal(
                401,
                "The token has been revoked by the user",
                serviceErrorCode=65601,
                code="REVOKED_ACCESS_TOKEN",
            )
        if version is None:
            raise Refusal(400, "A version must be present.", code="VERSION_MISSING")
        if version not in world.settings.versions:
            raise Refusal(426, f"Requested version {version}01 is not active", code="NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise Refusal(400, "Only protocol 2.0.0 is spoken here", serviceErrorCode=100)
        self._count()

    def _count(self) -> None:
        today = self.world.clock().date().isoformat()
        used = self._day[1] + 1 if self._day[0] == today else 1
        self._day = (today, used)
        if used > self.world.settings.calls_a_day:
            raise Refusal(429, "Resource level throttle limit for calls to this resource is reached.")

    def _comments(self, request: Request, place: str, number: str | None) -> Answer:
        if number is None:
            return self._create(request, place) if request.method == "POST" else self._list(request, place)
        activity = self.world.activity_of(place)
        comment = self.world.comments.get(f"urn:li:comment:({activity},{number})")
        if comment is None:
            raise Refusal(404, "Could not find entity")
        if request.method == "GET":
            return Answer(200, shown(comment, self.world))
        if request.urn("actor") != comment.actor or comment.actor != self.world.organization:
            raise _denied("partnerApiSocialActions.WRITE")
        return self._delete(comment) if request.method == "DELETE" else self._edit(request, comment)

    def _list(self, request: Request, place: str) -> Answer:
        rows = self.world.under(place)
        if rows is None:
            raise Refusal(404, "Could not find entity")
        if self.world.settings.role.startswith("RECRUITING"):
            rows = []
        return Answer(200, page_of([shown(each, self.world) for each in rows], request))

    def _create(self, request: Request, place: str) -> Answer:
        body = request.json()
        self._throttle()
        if "content" in body:
            words = "Unpermitted fields present in REQUEST_BODY: Data Processing Exception [/content]"
            raise Refusal(403, words, serviceErrorCode=100)
        if body.get("actor") != self.world.organization:
            raise _denied("partnerApiSocialActions.CREATE")
        parent = place if place in self.world.comments else None
        post = self.world.comments[place].post if parent else self.world.activity_of(place)
        if post is None:
            raise Refusal(404, "Could not find entity")
        if self.world.activity_of(str(body.get("object"))) != post or body.get("parentComment") != parent:
            raise Refusal(400, "Object or parent comment do not fit the address", serviceErrorCode=100)
        if parent and self.world.comments[parent].parent:
            raise Refusal(400, "A reply cannot be replied to", serviceErrorCode=100)
        made = self.world.add_comment(self.world.organization, _text(body.get("message")), post, parent)
        self._noted(self.world.note_comment("ADMIN_COMMENT", made))
        return Answer(201, shown(made, self.world), {"x-restli-id": str(made.number)})

    def _throttle(self) -> None:
        now = self.world.clock()
        while self._created and now - self._created[0] >= timedelta(minutes=1):
            self._created.popleft()
        if len(self._created) >= self.world.settings.comments_a_minute:
            words = "Comment create throttled: creation rate limit exceeded for member"
            raise Refusal(429, words, serviceErrorCode=101)
        self._created.append(now)

    def _edit(self, request: Request, comment: Comment) -> Answer:
        if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            raise Refusal(400, "X-RestLi-Method is missing", serviceErrorCode=100)
        patch = request.json().get("patch", {}).get("message", {}).get("$set")
        comment.text, comment.changed = _text(patch), self.world.clock()
        self._noted(self.world.note_comment("COMMENT_EDIT", comment))
        return Answer(200, shown(comment, self.world))

    def _delete(self, comment: Comment) -> Answer:
        self.world.comments.pop(comment.urn)
        self._noted(self.world.note_comment("COMMENT_DELETE", comment))
        return Answer(204)

    def _react(self, request: Request, _: str) -> Answer:
        body, actor = request.json(), request.urn("actor")
        root, kind = str(body.get("root")), body.get("reactionType")
        if actor != self.world.organization:
            raise _denied("reactions.CREATE")
        if kind not in REACTIONS:
            raise Refusal(400, f"Unknown reactionType {kind}", serviceErrorCode=100)
        if root not in self.world.comments and self.world.activity_of(root) is None:
            raise Refusal(404, "Could not find entity")
        if self.world.reactions.get((actor, root)) == kind:
            raise Refusal(409, "The reaction exists")
        self.world.reactions[actor, root] = str(kind)
        return Answer(201, {"root": root, "reactionType": kind})

    def _unreact(self, request: Request, actor: str, root: str) -> Answer:
        if request.method != "DELETE" or self.world.reactions.pop((actor, root), None) is None:
            raise Refusal(404, "Could not find entity")
        return Answer(204)

    def _notifications(self, request: Request, _: str) -> Answer:
        span, actions = (
            _RANGE.fullmatch(request.query.get("timeRange", "")),
            _LIST.fullmatch(request.query.get("actions", "")),
        )
        if request.query.get("q") != "criteria" or span is None or actions is None:
            raise Refusal(400, "Parameters are missing or encoded that should not be", serviceErrorCode=100)
        if request.urn("organizationalEntity") != self.world.organization:
            raise _denied("organizationalEntityNotifications.FINDER")
        begin, end = map(int, span.groups())
        wanted = set(actions.group(1).split(","))
        rows = [
            row
            for row in reversed(self.world.notifications)
            if row["action"] in wanted and begin <= row["lastModifiedAt"] <= end
        ]
        return Answer(200, page_of(rows, request))

    def _roles(self, request: Request, _: str) -> Answer:
        row = {
            "roleAssignee": self.world.admin,
            "role": self.world.settings.role,
            "state": "APPROVED",
            "organization": self.world.organization,
        }
        return Answer(200, page_of([row], request))

    def _organization(self, request: Request, number: str) -> Answer:
        if self.world.organization.endswith(f":{number}"):
            return Answer(
                200, {"id": int(number), "localizedName": self.world.name, "vanityName": "stand-in-bakery"}
            )
        raise Refusal(404, "Could not find entity")

    def _post(self, request: Request, name: str) -> Answer:
        urn = decoded(name)
        found = next((post for post in self.world.posts.values() if post["share"] == urn), None)
        if found is None:
            raise Refusal(404 if urn.startswith("urn:li:share:") else 400, "Could not find entity")
        at = int(found["at"].timestamp() * 1000)
        told = {"id": urn, "author": found["owner"], "commentary": found["text"], "publishedAt": at}
        return Answer(200, {**told, "lifecycleState": "PUBLISHED", "visibility": "PUBLIC"})

    async def _subscription(self, request: Request, key: list[str]) -> Answer:
        world = self.world
        if key != [f"urn:li:developerApplication:{world.application}", world.admin, world.organization]:
            raise _denied("eventSubscriptions")
        if request.method == "PUT":
            url = request.json().get("webhook")
            if not isinstance(url, str) or not await self._reached(url):
                raise Refusal(400, "The webhook is not validated", serviceErrorCode=100)
            world.webhook, world.subscribed_until = url, world.clock() + timedelta(days=SUBSCRIPTION_DAYS)
            return Answer(204)
        if world.webhook is None or world.subscribed_until is None or world.subscribed_until <= world.clock():
            raise Refusal(404, "Could not find entity")
        if request.method == "DELETE":
            world.webhook = None
            return Answer(204)
        return Answer(
            200, {"webhook": world.webhook, "expiresAt": int(world.subscribed_until.timestamp() * 1000)}
        )


def shown(comment: Comment, world: World) -> dict[str, Any]:
    """A comment as the Comments API gives it."""
    ours = {"impersonator": world.admin} if comment.actor == world.organization else {}

    def moment(at: datetime) -> dict[str, Any]:
        return {"actor": comment.actor, "time": int(at.timestamp() * 1000), **ours}

    picture = {"type": "IMAGE", "entity": {"image": "urn:li:image:1"}, "url": comment.picture}
    return {
        "actor": comment.actor,
        **({"agent": world.admin} if ours else {}),
        "commentUrn": comment.urn,
        "created": moment(comment.at),
        "lastModified": moment(comment.changed),
        "id": str(comment.number),
        "message": {"attributes": [], "text": comment.text},
        "object": comment.post,
        **({"parentComment": comment.parent} if comment.parent else {}),
        **({"content": [picture]} if comment.picture else {}),
    }


def _text(message: Any) -> str:
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 0 < len(text.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
        raise Refusal(400, "INVALID comment text length", serviceErrorCode=100)
    return text


def _denied(what: str) -> Refusal:
    words = f"Not enough permissions to access: {what}"
    return Refusal(403, words, serviceErrorCode=100, code="ACCESS_DENIED")
