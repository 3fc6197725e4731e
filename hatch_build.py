"""Puts the built page into sdist and wheel; builds it when it is missing or out of date."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = os.environ.get("HARK_SKIP_UI") == "1"  # a package with the API only


class PageBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Asked before the isolated build environment is filled: Node comes from there where the machine has
        none.
        """
        page = self._page()
        return [page.NODE_PACKAGE] if not SKIP and self._stale(page) and page.find_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if SKIP or version == "editable":  # in a checkout `hark ui build` does it
            return
        page = self._page()
        if self._stale(page):
            try:
                page.build_page(self._web, self._static, self._say, install_node=False)
            except page.PageNotBuilt as error:
                raise SystemExit(f"{error} HARK_SKIP_UI=1 makes a package without the page.") from error
        if not (self._static / "index.html").is_file():
            raise SystemExit("The page is missing. HARK_SKIP_UI=1 makes a package without it.")

    @property
    def _web(self) -> Path:
        return Path(self.root, "web")

    @property
    def _static(self) -> Path:
        return Path(self.root, "src", "hark", "ui", "static")

    def _stale(self, page: ModuleType) -> bool:
        """An sdist has the built page and may lack its sources."""
        if not (self._static / "index.html").is_file():
            return True
        return (self._web / "package.json").is_file() and not page.is_current(
            self._static, page.source_hash(self._web)
        )

    def _page(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            "hark_page", Path(self.root, "src", "hark", "infra", "page.py")
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @staticmethod
    def _say(text: str) -> None:
        sys.stderr.write(f"{text}\n")
