"""Messages and actions with X's answers: what `send` and `perform` make of them."""

from __future__ import annotations

from typing import Any

from hark.channels.contract import (
    Ability,
    Action,
    Outbound,
    OutboundAttachment,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import ActionCase, Reply, SendCase
from tests.adapters.x.samples import ADA_ID, AT, PAIR, US, after, minted, outbound

PNG = OutboundAttachment("image", "lamp.png", "image/png", b"\x89PNG....")
DESCRIBED = OutboundAttachment("image", "lamp.png", "image/png", b"\x89PNG....", alt="An oak lamp")
GIF = OutboundAttachment("image", "lamp.gif", "image/gif", b"GIF89a")
FILM = OutboundAttachment("video", "lamp.mp4", "video/mp4", b"mp4" * 10)
POST_ID = "2114650000000000001"
DM_ID = "2114650000000000002"

UPLOADED = Reply(200, {"data": {"id": "501", "media_key": "3_501", "expires_after_secs": 86400}})
READY = Reply(200, {"data": {"id": "501", "processing_info": {"state": "succeeded"}}})
PENDING = Reply(200, {"data": {"id": "501", "processing_info": {"state": "pending", "check_after_secs": 0}}})
FAILED = Reply(
    200, {"data": {"id": "501", "processing_info": {"state": "failed", "error": {"message": "Too long."}}}}
)
SLOW = Reply(200, {"data": {"id": "501", "processing_info": {"state": "pending", "check_after_secs": 45}}})
NOTHING = Reply(204)
ALL_PIECES = (UPLOADED, NOTHING, READY)


def created(source: Source) -> Reply:
    if source is Source.DM:
        return Reply(201, {"data": {"dm_conversation_id": PAIR, "dm_event_id": DM_ID}})
    return Reply(201, {"data": {"id": POST_ID, "text": "x", "edit_history_tweet_ids": [POST_ID]}})


def refused(status: int, detail: str = "Invented.", kind: str | None = None, **more: Any) -> Reply:
    body = {"title": "Refused", "detail": detail, "status": status, **more}
    address = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    return Reply(status, {**body, "type": address})


DUPLICATE = refused(403, "You are not allowed to create a Tweet with duplicate content.")
DM, COMMENT, MENTION = outbound(), outbound(Source.COMMENT), outbound(Source.MENTION)


def private(**more: Any) -> Outbound:
    return outbound(Source.COMMENT, private_to=minted(AT), **more)


def own_post(text: str, at: float = 61, target: str | None = None) -> Reply:
    row = {
        "id": minted(after(at)),
        "text": text,
        "created_at": "2026-10-26T09:31:01.000Z",
        "author_id": US,
        "referenced_tweets": [{"type": "replied_to", "id": target or minted(AT)}],
    }
    return Reply(200, {"data": [row], "meta": {"result_count": 1}})


def case(
    name: str, sent: Outbound, answers: tuple[Reply, ...] | Reply, outcome: Any, calls: int | None = None
) -> SendCase:
    given = answers if isinstance(answers, tuple) else (answers,)
    return SendCase(name, sent, given, outcome, calls)


SEND_CASES = (
    case("dm", DM, created(Source.DM), Sent(DM_ID)),
    case("dm with a picture", outbound(attachments=(PNG,)), (UPLOADED, created(Source.DM)), Sent(DM_ID)),
    case(
        "dm that is only a picture",
        outbound(text="", attachments=(PNG,)),
        (UPLOADED, created(Source.DM)),
        Sent,
    ),
    case("dm with a film", outbound(attachments=(FILM,)), (*ALL_PIECES, created(Source.DM)), Sent),
    case(
        "dm into a group",
        outbound(
            thread_key="1585823815904395264", recipient=None, reply_to={"conversation": "1585823815904395264"}
        ),
        created(Source.DM),
        Sent,
    ),
    case("dm to an encrypted conversation", outbound(reply_to={"encrypted": "yes"}), (), Rejected),
    case("comment answered", COMMENT, created(Source.COMMENT), Sent(POST_ID)),
    case("mention answered", MENTION, created(Source.MENTION), Sent(POST_ID)),
    case("earlier comment answered", outbound(Source.COMMENT, quoted="77"), created(Source.COMMENT), Sent),
    case("earlier mention answered", outbound(Source.MENTION, quoted="77"), created(Source.MENTION), Sent),
    case(
        "comment answered privately",
        private(),
        created(Source.DM),
        Sent(DM_ID, thread_key=PAIR, thread_source=Source.DM),
    ),
    case("mention answered privately", outbound(Source.MENTION, private_to="7"), created(Source.DM), Sent),
    case("private answer to nobody", private(recipient=None, reply_to={}), (), Rejected),
    case(
        "comment with a described picture",
        outbound(Source.COMMENT, attachments=(DESCRIBED,)),
        (UPLOADED, Reply(200, {"data": {"id": "501"}}), created(Source.COMMENT)),
        Sent,
    ),
    case(
        "comment with a film",
        outbound(Source.COMMENT, attachments=(FILM,)),
        (*ALL_PIECES, created(Source.COMMENT)),
        Sent,
    ),
    case(
        "mention with a gif",
        outbound(Source.MENTION, attachments=(GIF,)),
        (*ALL_PIECES, created(Source.MENTION)),
        Sent,
    ),
    case(
        "mention with four pictures",
        outbound(Source.MENTION, attachments=(PNG,) * 4),
        (UPLOADED,) * 4 + (created(Source.MENTION),),
        Sent,
    ),
    case("five pictures", outbound(Source.MENTION, attachments=(PNG,) * 5), (), Rejected),
    case("film beside a picture", outbound(Source.MENTION, attachments=(PNG, FILM)), (), Rejected),
    case("two pictures in a dm", outbound(attachments=(PNG, PNG)), (), Rejected),
    case(
        "a kind of file that X does not take",
        outbound(attachments=(OutboundAttachment("file", "a.pdf", "application/pdf", b"1"),)),
        (),
        Rejected,
    ),
    case(
        "a picture of a form that X does not take",
        outbound(attachments=(OutboundAttachment("image", "a.tiff", "image/tiff", b"1"),)),
        (),
        Rejected,
    ),
    case(
        "a picture that is too large",
        outbound(
            attachments=(OutboundAttachment("image", "a.png", "image/png", b"1" * (5 * 1024 * 1024 + 1)),)
        ),
        (),
        Rejected,
    ),
    case("nothing to send", outbound(text=" "), (), Rejected),
    case(
        "film that X looks at",
        outbound(attachments=(FILM,)),
        (UPLOADED, NOTHING, PENDING, READY, created(Source.DM)),
        Sent,
    ),
    case(
        "film that X cannot use",
        outbound(attachments=(FILM,)),
        (UPLOADED, NOTHING, PENDING, FAILED),
        Rejected,
    ),
    case("film that takes long", outbound(attachments=(FILM,)), (UPLOADED, NOTHING, SLOW), TryAgain),
    case("upload that X fails at", outbound(attachments=(PNG,)), Reply(503), TryAgain),
    case("quoting in a dm", outbound(quoted="77"), (), Rejected),
    case(
        "same words twice, the first time unheard",
        COMMENT,
        (DUPLICATE, own_post("@ada_example Yes, until six.")),
        Sent,
    ),
    case("same words as long ago", COMMENT, (DUPLICATE, own_post("Yes, until six.", -3600)), Rejected),
    case("same words elsewhere", COMMENT, (DUPLICATE, own_post("Yes, until six.", 61, "99")), Rejected),
    case("not summoned", COMMENT, refused(403, "Reply to this conversation is not allowed."), Rejected),
    case(
        "messages closed",
        DM,
        refused(403, "You are not permitted to send Direct Messages to this user."),
        Rejected,
    ),
    case(
        "app without a project",
        DM,
        refused(403, kind="client-forbidden", reason="client-not-enrolled"),
        Reconnect,
    ),
    case("app without rights", DM, refused(403, kind="oauth1-permissions"), Reconnect),
    case("token refused", DM, refused(401), Reconnect),
    case(
        "cap reached",
        COMMENT,
        Reply(429, {"title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped"}),
        TryAgain,
    ),
    case("out of credit", COMMENT, refused(402, kind="credits-depleted"), TryAgain),
    case("answer without id", DM, Reply(201, {"data": {}}), Unconfirmed),
    case(
        "a problem inside a success",
        COMMENT,
        Reply(200, {"errors": [{"title": "Not Found Error"}]}),
        Unconfirmed,
    ),
)


def act(ability: Ability, target: str | None = "77", public: bool = True, **more: Any) -> Action:
    key = f"{minted(AT)}/{ADA_ID}" if public else PAIR
    return Action(ability, thread_key=key, target=target, **more)


DONE = Reply(200, {"data": {"done": True}})


ACTION_CASES = (
    ActionCase("hide", act(Ability.HIDE), (DONE,)),
    ActionCase("unhide", act(Ability.UNHIDE), (DONE,)),
    ActionCase("like", act(Ability.LIKE), (DONE,)),
    ActionCase("unlike", act(Ability.UNLIKE), (DONE,)),
    ActionCase("delete our post", act(Ability.DELETE, author=US), (DONE,)),
    ActionCase("delete our message", act(Ability.DELETE, public=False), (DONE,), source=Source.DM),
    ActionCase("delete what is gone", act(Ability.DELETE), (refused(404),)),
    ActionCase("delete a post of somebody else", act(Ability.DELETE, author=ADA_ID), (), Rejected),
    ActionCase("hide what is gone", act(Ability.HIDE), (refused(404),), Rejected),
    ActionCase("ban", act(Ability.BAN, None, public=False, author=ADA_ID), (DONE,)),
    ActionCase("unban", act(Ability.UNBAN, None, public=False, recipient=ADA_ID), (DONE,)),
    ActionCase("ban nobody", act(Ability.BAN, None, public=False), (), Rejected),
    ActionCase("hide nothing", act(Ability.HIDE, None), (), Rejected),
    ActionCase("hide while X fails", act(Ability.HIDE), (Reply(503),), TryAgain),
    ActionCase("edit", act(Ability.EDIT), (), Rejected),
)
