"""hark ui build, hark openapi, hark docs settings, hark docs capabilities."""

from __future__ import annotations

from pathlib import Path

from hark.cli.terminal import note, put, put_json


def build() -> None:
    """Build the page from web/ when its sources have changed; the result is served by `hark serve`."""
    import hark
    from hark.infra.page import PageNotBuilt, build_page
    from hark.infra.problems import CannotStart

    package = Path(hark.__file__).parent
    try:
        built = build_page(package.parents[1] / "web", package / "ui" / "static", note, install_node=True)
    except PageNotBuilt as error:
        raise CannotStart(str(error)) from error
    note("the page is built" if built else "the page is up to date")


def run_script(script: str) -> int:
    """Run a script of web/package.json with the same Node that builds the page: test, lint, typecheck."""
    import hark
    from hark.infra.page import PageNotBuilt
    from hark.infra.page import run_script as run_with_npm
    from hark.infra.problems import CannotStart

    try:
        return run_with_npm(Path(hark.__file__).parents[2] / "web", script, note)
    except PageNotBuilt as error:
        raise CannotStart(str(error)) from error


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the HTTP API as JSON."""
    from hark.bootstrap.documents import api_document

    put_json(api_document())


def settings() -> None:
    """Print the page of all settings (docs/settings.md) as Markdown."""
    from hark.bootstrap.documents import settings_page

    put(settings_page().rstrip("\n"))


def capabilities() -> None:
    """Print the page of what can be done on each platform (docs/capabilities.md) as Markdown."""
    from hark.bootstrap.adapters import ADAPTERS
    from hark.bootstrap.capabilities import capabilities_page

    put(capabilities_page(ADAPTERS).rstrip("\n"))
