"""The entry point `hark`. Commands are imported when they are called, so that `hark --help` answers at once."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError

from hark import __version__

app = App(
    name="hark",
    version=__version__,
    help="Every DM, comment, mention and review in one inbox. Start with `hark serve`.",
    version_flags=["--version"],
)
app.command("hark.cli.serving:serve", name="serve", help="Run Hark: database, API, page and workers.")
app.command("hark.cli.serving:migrate", name="migrate", help="Bring the database to the newest schema.")
app.command("hark.cli.doctor:doctor", name="doctor", help="Check database, key, disk, clock and accounts.")
app.command(
    "hark.cli.platforms:list_platforms", name="platforms", help="The platforms, and where they come from."
)
app.command("hark.cli.events:normalize", name="normalize", help="A payload file in, inbound events out.")
app.command("hark.cli.events:replay", name="replay", help="Send quarantined raw events through again.")
app.command("hark.cli.exporting:export", name="export", help="Write all data of a workspace as JSON lines.")
app.command("hark.cli.backups:backup", name="backup", help="Write database, files and key into one archive.")
app.command("hark.cli.backups:restore", name="restore", help="Bring a backup back into an empty data folder.")
app.command("hark.cli.pages:openapi", name="openapi", help="Print the description of the HTTP API.")
app.command(
    "hark.cli.benching:bench", name="bench", help="Measure this machine: ingest, lists, live updates."
)

user = App(name="user", help="Make users and reset their sign-in.")
user.command(
    "hark.cli.users:create", name="create", help="Add a user and print the link for the first sign-in."
)
user.command("hark.cli.users:reset", name="reset", help="Print a link with which a user sets a new password.")

account = App(name="account", help="Connect channel accounts and look after them.")
account.command("hark.cli.accounts:list_accounts", name="list", help="The connected accounts.")
account.command("hark.cli.accounts:connect", name="connect", help="Connect an account of a platform.")
account.command("hark.cli.accounts:check", name="check", help="Ask the platform whether a connection works.")
account.command("hark.cli.accounts:refresh", name="refresh", help="Renew an account's tokens now.")

secrets = App(name="secrets", help="The key that encrypts stored credentials.")
secrets.command("hark.cli.keys:new_key", name="new-key", help="Print a new key for HARK_SECRET_KEY.")
secrets.command(
    "hark.cli.keys:rotate", name="rotate", help="Encrypt all credentials again with the first key."
)

sandbox = App(name="sandbox", help="Stand-ins of the platforms on this machine, with faults on request.")
sandbox.command("hark.cli.sandboxes:serve", name="serve", help="Run the stand-ins.")
sandbox.command("hark.cli.sandboxes:fault", name="fault", help="Let a running stand-in misbehave.")
sandbox.command("hark.cli.sandboxes:calm", name="calm", help="End all faults of a running stand-in.")

ui = App(name="ui", help="The page.")
ui.command("hark.cli.pages:build", name="build", help="Build the page when its sources have changed.")
ui.command("hark.cli.pages:run_script", name="run", help="Run one of the page's own scripts: test, lint.")

docs = App(name="docs", help="Documentation that is made from the program.")
docs.command("hark.cli.pages:settings", name="settings", help="Print the page of all settings.")
docs.command(
    "hark.cli.pages:capabilities",
    name="capabilities",
    help="Print the page of what can be done on each platform.",
)

for group in (user, account, secrets, sandbox, ui, docs):
    app.command(group)


def main() -> None:
    """Exit status: 0 done, 1 it did not work, 2 the command was not understood, 130 interrupted."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `hark … | head`
        sys.stderr.close()
        return 0
    except Exception as error:
        return _fail(error)
    return result if isinstance(result, int) else 0


def _fail(error: Exception) -> int:
    from hark.infra.problems import CannotStart
    from hark.kernel.errors import HarkError

    if isinstance(error, CannotStart | HarkError):
        sentence = getattr(error, "detail", str(error))
        sys.stderr.write(f"hark: {sentence}\n")
        for field, reason in getattr(error, "fields", {}).items():
            sys.stderr.write(f"      {field.removeprefix('values.')} {reason}\n")
        return 1
    raise error
