#!/bin/sh
# Installs the Ceph object gateway for the tests marked `radosgw`, PostgreSQL for those of the store, and Chromium
# for those of the HTML report. Debian or Ubuntu; root, or sudo without a password. Says what to do where it
# cannot, and then succeeds: those tests are skipped (or fail where REQUIRE_S3_SERVERS=1).
set -eu
packages="radosgw ceph-mon ceph-osd ceph-base ceph-common postgresql chromium chromium-driver"

missing=""
for program in ceph ceph-mon ceph-osd ceph-authtool monmaptool radosgw radosgw-admin chromium chromedriver; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing initdb"
if [ -z "$missing" ]; then
    echo "radosgw, PostgreSQL, Chromium: installed"
    exit 0
fi
echo "missing:$missing"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "no apt-get here; install these packages' programs by hand: $packages"
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "no root rights; run: sudo apt-get install --no-install-recommends $packages"
    exit 0
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086  # words, on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
