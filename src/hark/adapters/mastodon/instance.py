"""What a server says about itself: its limits, and where its stream and its files are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from hark.adapters.mastodon.client import Server
from hark.channels.contract import Rejected


class _Statuses(msgspec.Struct):
    max_characters: int | None = None
    characters_reserved_per_url: int | None = None


class _Files(msgspec.Struct):
    image_size_limit: int | None = None
    video_size_limit: int | None = None


class _Urls(msgspec.Struct):
    streaming: str | None = None


class _Configuration(msgspec.Struct):
    statuses: _Statuses = msgspec.field(default_factory=_Statuses)
    media_attachments: _Files = msgspec.field(default_factory=_Files)
    urls: _Urls = msgspec.field(default_factory=_Urls)


class Instance(msgspec.Struct):
    domain: str = ""
    version: str = ""
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)
    thumbnail: dict[str, Any] | None = None


async def read_instance(server: Server) -> Instance:
    """Servers before Mastodon 4, and some of other makes, say nothing here: the usual limits hold."""
    try:
        return await server.get("/api/v2/instance", Instance)
    except Rejected:
        return Instance()


def fields_of(instance: Instance, base: str, avatar: str | None) -> dict[str, str]:
    """What is kept with the account."""
    told = instance.configuration
    films = told.media_attachments.video_size_limit
    found = {
        "max_characters": told.statuses.max_characters,
        "link_characters": told.statuses.characters_reserved_per_url,
        "max_image_bytes": told.media_attachments.image_size_limit,
        "max_video_bytes": films,
        "max_audio_bytes": films,
        "streaming_url": _over_http(told.urls.streaming),
        "media_url": _other_host(avatar, base),
    }
    return {key: str(value) for key, value in found.items() if value}


def _over_http(address: str | None) -> str | None:
    """The stream is told as wss, and is there over https too."""
    if not address:
        return None
    return address.replace("wss://", "https://", 1).replace("ws://", "http://", 1).rstrip("/")


def _other_host(address: str | None, base: str) -> str | None:
    """Where the server keeps its files, shown by the account's own picture."""
    parts = urlsplit(address or "")
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.netloc == urlsplit(base).netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}"
