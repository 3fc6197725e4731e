"""What stands behind a mention: the comment or the media of somebody else, which only these two calls show."""

from __future__ import annotations

from typing import Any

from hark.adapters._meta.graph import Graph

COMMENT = "id,text,timestamp,username,like_count"
MEDIA = "id,caption,media_type,media_url,timestamp,username"


async def fetch_mention(
    graph: Graph, profile: str, media_id: str | None, comment_id: str | None
) -> dict[str, Any]:
    """The comment, or the media whose caption names the account. Raises Rejected where it is gone or private."""
    if comment_id:
        part, asked = "mentioned_comment", f"mentioned_comment.comment_id({comment_id}){{{COMMENT}}}"
    else:
        part, asked = "mentioned_media", f"mentioned_media.media_id({media_id}){{{MEDIA}}}"
    answer = await graph.get(profile, fields=asked)
    found = answer.get(part)
    return found if isinstance(found, dict) else {}
