#!/bin/sh
# Sees to a Chromium for the browser tests: the machine's, or installed where that is possible. Without one they are skipped.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Chromium for the browser tests"
    if apt-get update -qq >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-color-emoji >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "There is no Chromium, and it could not be installed: the browser tests will be skipped." >&2
