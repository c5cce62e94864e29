#!/bin/bash
# A PostgreSQL server for a test: in a new directory, on a Unix socket, with
# fsync on, and gone afterwards. Runs a command with KARCIS_HUB_STORE set:
#   tests/hub/pg.sh COMMAND [ARGUMENT]...
# or, without a command, prints the store's name and stays until its standard
# input ends. 77: no PostgreSQL here.
# The command finds the server's files in KARCIS_PG_DIR, and can stop and
# start it with `$KARCIS_PG_CTL stop|start|restart|kill`.
set -u
self=$(readlink -f "$0")
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)

# PostgreSQL does not run as root.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

ctl() { # ctl VERB
	case $1 in
	kill)	as_user "$bin/pg_ctl" -s -D "$KARCIS_PG_DIR/data" -m immediate -w stop ;;
	*)	as_user "$bin/pg_ctl" -s -D "$KARCIS_PG_DIR/data" -l "$KARCIS_PG_DIR/log" \
		    -m fast -w -t 60 "$1" </dev/null >/dev/null ;;
	esac
}

if [ "${1:-}" = --ctl ]; then
	ctl "$2"
	exit
fi
[ -n "$bin" ] || { echo "no PostgreSQL server (Debian: postgresql)" >&2; exit 77; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/karcis-pg-XXXXXX")
export KARCIS_PG_DIR=$dir KARCIS_PG_CTL="$self --ctl"
trap 'ctl kill 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 143' TERM INT HUP
[ "$(id -u)" != 0 ] || chown postgres: "$dir"
cd "$dir" || exit 1
as_user "$bin/initdb" -D "$dir/data" -U karcis -A trust -E UTF8 --locale=C.UTF-8 \
    --no-instructions >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<-CONF
	listen_addresses = ''
	unix_socket_directories = '$dir'
	unix_socket_permissions = 0777
	max_connections = 120
	fsync = on
	synchronous_commit = on
CONF
chmod 755 "$dir"
ctl start || { cat "$dir/log" >&2; exit 1; }
export KARCIS_HUB_STORE="postgres:host=$dir user=karcis dbname=postgres"
cd - >/dev/null || exit 1
if [ $# -gt 0 ]; then
	"$@"
	exit
fi
echo "$KARCIS_HUB_STORE"
cat >/dev/null
