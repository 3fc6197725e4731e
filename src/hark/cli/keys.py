"""hark secrets new-key, hark secrets rotate."""

from __future__ import annotations

from hark.cli.terminal import Json, Where, opened, put, put_json, run


def new_key() -> None:
    """Print a new key. Put it in front of the old one in HARK_SECRET_KEY, then run `hark secrets rotate`."""
    from hark.infra.secrets import new_key as make

    put(make())


def rotate(*, where: Where | None = None, json: Json = False) -> None:
    """Encrypt all stored credentials again with the first key; after that the older keys can go."""
    from hark.bootstrap.rotation import rotate as reseal

    async def work() -> int:
        async with opened(where or Where()) as hark:
            return await reseal(hark)

    count = run(work())
    if json:
        put_json({"accounts": count})
    else:
        put(f"Encrypted the credentials of {count} accounts again with the first key.")
