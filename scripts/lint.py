"""The project's own rules: `python scripts/lint.py`. Prints what breaks them, and fails when anything does."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from scripts.lints import ALL

    found = [(rule, finding) for rule, check in ALL.items() for finding in check(ROOT)]
    for rule, finding in found:
        print(f"{finding}  [{rule}]")
    print(f"{len(ALL)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
