"""hark doctor."""

from __future__ import annotations

from hark.cli.terminal import Json, Where, as_running, put, put_json, quiet, run


def doctor(*, where: Where | None = None, json: Json = False) -> int:
    """Check settings, disk, page, database, clock, key, files, backlog and every account.

    Ends with status 1 when something is not well.
    """
    from hark.bootstrap.doctor import Check, examine

    settings = as_running((where or Where()).settings())
    quiet(settings)

    async def work() -> list[Check]:
        found = []
        async for check in examine(settings):
            found.append(check)
            if not json:
                put(f"{'ok  ' if check.ok else 'BAD '} {check.name:<10} {check.detail}")
        return found

    checks = run(work())
    if json:
        put_json({"ok": all(check.ok for check in checks), "checks": checks})
    return 0 if all(check.ok for check in checks) else 1
