"""`python -m hark.standins.facebook`: the stand-in on a loopback port."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from hark.standins.facebook import Settings, create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="hark.standins.facebook", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8910, help="where to listen on 127.0.0.1 (0: any free port)"
    )
    parser.add_argument(
        "--time-scale", type=float, default=1.0, help="factor of all retry waits (0.01: fast)"
    )
    parser.add_argument(
        "--batch-seconds", type=float, default=0.0, help="how long notifications are gathered"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the made-up ids and of random faults")
    given = parser.parse_args()
    settings = Settings(time_scale=given.time_scale, batch_seconds=given.batch_seconds)
    app = create_app(settings=settings, seed=given.seed)
    page = app.world.only_page()
    sys.stdout.write(
        f"Facebook stand-in: page {page.id}, page access token {page.token}, "
        f"app {app.world.app.id}, app secret {app.world.app.secret}\n"
    )
    sys.stdout.flush()
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
