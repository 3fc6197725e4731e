"""`python -m hark.standins.telegram --port 8081`: runs until it is interrupted. Prints the address and the token to use."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from hark.standins.telegram.app import create_app
from hark.standins.telegram.world import DEFAULT_TOKEN, Settings


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="hark.standins.telegram", description="A local stand-in of Telegram's Bot API."
    )
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument(
        "--delay-scale", type=float, default=1.0, help="stretches pauses between deliveries (0.01: fast)"
    )
    parser.add_argument(
        "--https-only", action="store_true", help="refuse http webhooks, as Telegram's servers do"
    )
    parser.add_argument("--limits", action="store_true", help="answer 429 to calls that come too fast")
    given = parser.parse_args(arguments)
    settings = Settings(delay_scale=given.delay_scale, https_only=given.https_only, limits=given.limits)
    sys.stdout.write(f"READY http://127.0.0.1:{given.port} token {DEFAULT_TOKEN}\n")
    sys.stdout.flush()
    uvicorn.run(create_app(settings), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
