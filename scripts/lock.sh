#!/bin/sh
# Writes requirements/*.txt anew: exact versions with the hashes of all platforms' files, and no address of any index.
# With --upgrade everything moves to the newest version that pyproject.toml allows.
set -eu
cd "$(dirname "$0")/.."
compile() {
    out=$1
    shift
    "${UV:-uv}" pip compile "$@" --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$out"
    if grep -nE '^ *(-i|--index-url|--extra-index-url|-f|--find-links)|://' "$out"; then
        echo "$out names an address; it must not." >&2
        exit 1
    fi
}
compile requirements/run.txt pyproject.toml requirements/run.in --extra redis "$@"
compile requirements/test.txt pyproject.toml requirements/run.in requirements/test.in --extra redis \
    --constraint requirements/run.txt "$@"
