"""The project's own rules, each as `check(root) -> findings`. They read files only and import nothing of the product."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.lints import (
    catalogs,
    file_length,
    lock_addresses,
    machine_paths,
    module_names,
    platform_names,
    purity,
    sql_places,
    statements,
)
from scripts.lints.findings import Finding

ALL: dict[str, Callable[[Path], list[Finding]]] = {
    "platform names": platform_names.check,
    "clock and chance": purity.check,
    "places of SQL": sql_places.check,
    "prepared statements": statements.check,
    "length of files": file_length.check,
    "names of modules": module_names.check,
    "catalogs": catalogs.check,
    "lock files": lock_addresses.check,
    "paths of machines": machine_paths.check,
}
