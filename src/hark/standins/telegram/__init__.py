"""A local stand-in of Telegram's Bot API server, for tests, demos and faults. Loopback only.

Built from the Bot API documentation (10.2) and the source of the official server (tdlib/telegram-bot-api), not from what Hark's
adapter sends. Run it by `python -m hark.standins.telegram --port 8081`; customers are played over HTTP under `/_control`
(see `control.py`). Not simulated: fetching files that a bot names by an http address (accepted, and empty), inline mode,
payments, stickers sets.
"""

from hark.standins.telegram.app import create_app
from hark.standins.telegram.standin import create_standin
from hark.standins.telegram.world import DEFAULT_TOKEN, Settings, World

__all__ = ["DEFAULT_TOKEN", "Settings", "World", "create_app", "create_standin"]
