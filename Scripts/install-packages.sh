#!/bin/sh
# Installs the system packages that the build and the quickstart need, and those named as arguments;
# those that are missing only.
set -eu

packages="libzstd-dev libsqlite3-dev libffi-dev pkg-config $*"
missing=""
for package in $packages; do
  dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "These Debian packages are missing:$missing" >&2
  echo "Install them as root (apt-get install$missing), then run make again." >&2
  exit 1
fi
echo "Installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # the list is meant to be split
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
