# shellcheck shell=bash disable=SC2034
# Shared by the scripts in this folder; sourced, never run.
#
# What is here: progress lines, the set-up of a machine (Swift, Debian packages), where PostgreSQL
# lives and as whom it runs, free ports, and stopping a process by its pid.

set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

# ---------------------------------------------------------------- progress

say() { printf '%s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step TEXT COMMAND...: runs a command with its output in a file; shows the text, what it is doing
# now, and the time it took. If it fails, shows the end of its output and returns its status.
step() {
    local text="$1" log status=0 began=$SECONDS pid last=''
    shift
    log="$(mktemp "${TMPDIR:-/tmp}/switchyard-step.XXXXXX")"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    if [ -t 2 ]; then
        while kill -0 "$pid" 2>/dev/null; do
            last="$(tail -n 1 "$log" | tr -d '\033\r' | cut -c 1-40)"
            printf '\r\033[K%s ... %ds  %s' "$text" $((SECONDS - began)) "$last" >&2
            sleep 0.3
        done
        printf '\r\033[K' >&2
    else
        say "$text ..."
    fi
    wait "$pid" || status=$?
    if [ "$status" -eq 0 ]; then
        say "$text: done, $((SECONDS - began)) s"
    else
        say "$text: FAILED (status $status) after $((SECONDS - began)) s; the end of its output:"
        tail -n 40 "$log" >&2
    fi
    rm -f "$log"
    return "$status"
}

# ---------------------------------------------------------------- the machine

# Swift 6.2 or later on the PATH, or a message that says where to get it.
require_swift() {
    local where='Get it from https://www.swift.org/install/ and put its usr/bin on the PATH.'
    command -v swift >/dev/null || die "no Swift toolchain found. $where"
    local version
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')"
    [ -n "$version" ] || die "\`swift --version\` does not answer as expected. $where"
    [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" = 6.2 ] ||
        die "Swift $version is too old, 6.2 or later is needed. $where"
}

# Runs a command with root's rights; fails with a message where that cannot be had.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "\`$*\` needs root: run this script as root, or install sudo"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need PACKAGE...: installs those that are missing, and touches nothing when none is.
need() {
    local missing=() package
    command -v dpkg-query >/dev/null ||
        die "this is not Debian or Ubuntu: install these packages' equivalents by hand: $*"
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    # Asked for here, where a password prompt can still be seen and answered.
    [ "$(id -u)" -eq 0 ] || as_root true
    step "Reading the package lists" as_root apt-get update -q
    step "Installing ${missing[*]}" install_quietly "${missing[@]}"
}

# Installs packages without what some of them do besides: Debian's PostgreSQL would create a
# cluster, and PgBouncer would take port 6432. Existing clusters and services are left alone.
install_quietly() {
    local drop_in=/etc/postgresql-common/createcluster.d/switchyard.conf
    local policy=/usr/sbin/policy-rc.d made_policy='' status=0
    as_root mkdir -p "$(dirname "$drop_in")"
    echo 'create_main_cluster = false' | as_root tee "$drop_in" >/dev/null
    if [ ! -e "$policy" ]; then
        made_policy=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@" || status=$?
    [ -z "$made_policy" ] || as_root rm -f "$policy"
    as_root rm -f "$drop_in"
    if [ -d /run/systemd/system ] && [[ " $* " == *" pgbouncer "* ]]; then
        as_root systemctl disable --quiet pgbouncer.service || true
    fi
    return "$status"
}

build_packages=(libpq-dev libssl-dev pkg-config git ca-certificates)
server_packages=(postgresql)

# build CONFIGURATION PRODUCT...: builds products with progress; the binaries are in `binaries`.
build() {
    local configuration="$1" product
    shift
    for product in "$@"; do
        step "Building $product ($configuration)" \
            swift build --package-path "$root" -c "$configuration" --product "$product" ||
            return 1
    done
    binaries="$(swift build --package-path "$root" -c "$configuration" --show-bin-path)"
}

# ---------------------------------------------------------------- PostgreSQL

# Folder of initdb and postgres: that of the newest server installed.
postgres_binaries() {
    local folder
    folder="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
    if [ ! -x "$folder/initdb" ] && command -v pg_config >/dev/null; then
        folder="$(pg_config --bindir)"
    fi
    [ -x "$folder/initdb" ] || die 'no PostgreSQL server (initdb) found'
    printf '%s\n' "$folder"
}

# Runs a command as a user PostgreSQL accepts: it refuses root, so then the user `postgres`.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# make_data_folder PATH: makes a folder that `as_postgres` can use, and prints where it is. A
# checkout under a closed folder such as /root cannot be entered by user postgres: then the data
# lies under /var/tmp, and PATH is a symbolic link to it.
make_data_folder() {
    local path="$1" elsewhere
    [ -L "$path" ] || mkdir -p "$path"
    if [ "$(id -u)" -eq 0 ] && [ ! -L "$path" ]; then
        chown postgres: "$path"
        if ! as_postgres test -w "$path" || ! as_postgres test -x "$path"; then
            elsewhere="/var/tmp/switchyard-$(basename "$path" | tr -d .)-$(
                printf '%s' "$path" | sha256sum | cut -c 1-12)"
            rmdir "$path"
            mkdir -p "$elsewhere"
            chown postgres: "$elsewhere"
            ln -s "$elsewhere" "$path"
            path="$elsewhere"
        fi
    fi
    (cd "$path" && pwd -P)
}

# ---------------------------------------------------------------- ports and processes

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: the first port from FIRST on that nobody listens on.
free_port() {
    local port="$1"
    while port_is_taken "$port"; do port=$((port + 1)); done
    printf '%s\n' "$port"
}

# Who listens on a port, for a message: "name (pid N)", or a phrase where that is not to be seen.
listener_of() {
    local line
    line="$(ss -Hltnp "sport = :$1" 2>/dev/null | head -n 1 || true)"
    if [[ "$line" =~ \(\(\"([^\"]*)\",pid=([0-9]+) ]]; then
        printf '%s (pid %s)\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
        echo "another process (\`sudo ss -ltnp\` shows which)"
    fi
}

# runs PIDFILE WORD: whether the process in the file lives and has WORD in its command line, so
# that a pid used again by another program is never taken for ours.
runs() {
    local pid
    [ -r "$1" ] || return 1
    pid="$(head -n 1 "$1")"
    [[ "$pid" =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$2"
}

# wait_until SECONDS COMMAND...: waits for the command to succeed; returns 1 at the deadline.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
