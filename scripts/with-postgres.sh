#!/usr/bin/env bash
# Runs a command with FAIRLEAD_TEST_POSTGRES pointing at a PostgreSQL cluster of its own, made below build/ and removed afterwards.
# Without PostgreSQL on the machine it runs the command all the same; the tests then skip that engine (and fail with CI=true).
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -n "${FAIRLEAD_TEST_POSTGRES:-}" ] || [ -z "$bin" ]; then exec "$@"; fi

# PostgreSQL refuses to run as root, and its socket's path may be 107 bytes at most: a short folder outside, gone at the end.
dir=$(mktemp -d /tmp/fairlead-pg.XXXXXX)
run=(env)
if [ "$(id -u)" = 0 ]; then
  chown postgres "$dir"
  run=(setpriv --reuid=postgres --regid=postgres --init-groups env)
fi
stop() {
  "${run[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap stop EXIT
(
  cd "$dir"
  "${run[@]}" "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1 || { cat initdb.log; exit 1; }
  "${run[@]}" "$bin/pg_ctl" -D data -w -l "$dir/log" -o "-c listen_addresses='' -k $dir -c max_connections=200" start >pg_ctl.log 2>&1 || { cat pg_ctl.log log; exit 1; }
)
FAIRLEAD_TEST_POSTGRES="postgres://postgres@/postgres?host=$dir" "$@"
