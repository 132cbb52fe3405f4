#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: PostgreSQL, Chromium, poppler's tools and the browser tests' JavaScript.
# As root or with password-less sudo it installs; without rights it prints the one command to run, and those tests are skipped
# (with CI=true they fail instead). Everything it makes itself goes below build/ and test/browser/node_modules.
set -uo pipefail
cd "$(dirname "$0")/.."

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

want=()
[ -n "$(postgres_bin)" ] || want+=(postgresql)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || want+=(chromium)
command -v pdftotext >/dev/null || want+=(poppler-utils)
command -v npm >/dev/null || want+=(npm)

if [ ${#want[@]} -gt 0 ]; then
  as=""
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as="sudo"; else as="none"; fi
  fi
  if [ "$as" = none ] || ! command -v apt-get >/dev/null; then
    echo "tests: not installed: ${want[*]}. To run those tests too:  sudo apt-get install -y ${want[*]}"
  else
    echo "tests: installing ${want[*]}"
    # A package's own service is not wanted: the tests start a cluster of their own.
    export DEBIAN_FRONTEND=noninteractive
    { $as apt-get update -qq && $as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${want[@]}"; } >build/apt.log 2>&1 ||
      { tail -n 5 build/apt.log; echo "tests: apt-get failed, see build/apt.log"; }
  fi
fi

if command -v npm >/dev/null && [ -f test/browser/package-lock.json ]; then
  if [ ! -f test/browser/node_modules/.package-lock.json ] || [ test/browser/package-lock.json -nt test/browser/node_modules/.package-lock.json ]; then
    (cd test/browser && npm ci --ignore-scripts --no-audit --no-fund --silent --cache ../../build/npm-cache) || echo "tests: npm ci failed; the accessibility tests are skipped"
  fi
fi
exit 0
