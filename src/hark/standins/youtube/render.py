"""Resources as the Data API writes them."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

from hark.standins.youtube.world import INLINE, Comment, World


class Renderer:
    def __init__(self, world: World) -> None:
        self._world = world

    def comment(self, comment: Comment, *, moderating: bool = False) -> dict[str, Any]:
        ours = comment.author == self._world.channel
        name = f"@{self._world.title.lower()}" if ours else f"@viewer{comment.author}"
        channel = comment.author if ours else f"UCviewer{comment.author:0>16}"
        snippet: dict[str, Any] = {
            "authorDisplayName": name,
            "authorProfileImageUrl": f"https://yt3.ggpht.example/{channel}",
            "authorChannelUrl": f"http://www.youtube.com/channel/{channel}",
            "authorChannelId": {"value": channel},
            "textDisplay": html.escape(comment.text, quote=False),
            "textOriginal": comment.text,
            "canRate": True,
            "viewerRating": "none",
            "likeCount": comment.likes,
            "publishedAt": _time(comment.at),
            "updatedAt": _time(comment.updated_at),
        }
        if comment.parent:
            snippet["parentId"] = comment.parent
        if comment.video:
            snippet |= {"videoId": comment.video, "channelId": self._world.channel}
        if moderating:
            snippet["moderationStatus"] = comment.status
        return {"kind": "youtube#comment", "id": comment.id, "snippet": snippet}

    def thread(self, top: Comment, status: str, *, replies: bool) -> dict[str, Any]:
        held = status != "published"
        answers = self._world.replies(top.id, status)
        snippet: dict[str, Any] = {
            "channelId": self._world.channel,
            "topLevelComment": self.comment(top, moderating=held),
            "canReply": True,
            "totalReplyCount": len(self._world.replies(top.id)),
            "isPublic": top.status == "published",
        }
        if top.video:
            snippet["videoId"] = top.video
        resource: dict[str, Any] = {"kind": "youtube#commentThread", "id": top.id, "snippet": snippet}
        if replies and answers:
            some = [self.comment(one, moderating=held) for one in answers[:INLINE]]
            resource["replies"] = {"comments": some}
        return resource


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
