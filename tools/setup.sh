#!/bin/sh
# Makes .venv with what pyproject.toml asks for. Usage: sh tools/setup.sh [PYTHON]
# Where that was done for the same pyproject.toml, it only looks and is over in an instant.
set -eu

venv=.venv
made_with=$venv/made-with
installed=$venv/installed-pyproject.toml
libraries=$venv/system-libraries-complete

fail() {
    echo "$1" >&2
    exit 1
}

suits() { # a Python that Thaw's dependencies have wheels for
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null
}

find_python() { # what the person calls python3 comes first
    for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$candidate" >/dev/null && suits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Thaw needs Python 3.11 to 3.14 and found none. Install one, or name it: make run PYTHON=/path/to/python3"
}

path_of() {
    "$1" -c 'import sys; print(sys.executable)' 2>/dev/null || echo "no Python at $1"
}

make_environment() {
    python=${1:-$(find_python)}
    suits "$python" || fail "$python is not a Python from 3.11 to 3.14, which Thaw needs."
    # Debian and Ubuntu keep this module in a package of its own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python$version-venv"
    echo "Making .venv with Python $version"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    path_of "$python" >"$made_with"
}

install_packages() {
    echo "Installing what pyproject.toml asks for; the first time this takes some minutes"
    rm -f "$installed" "$libraries"
    cp pyproject.toml "$venv/installing.toml"
    quiet=--quiet
    [ ! -t 1 ] || quiet= # a person sees how the downloads go
    "$venv/bin/python" -m pip install $quiet --editable '.[dev]' ||
        fail "The installation failed; the lines above say why. The same command again goes on."
    mv "$venv/installing.toml" "$installed"
}

if [ ! -e "$made_with" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    make_environment "${1:-}"
elif [ -n "${1:-}" ] && [ "$(path_of "$1")" != "$(cat "$made_with")" ]; then
    make_environment "$1"
fi
cmp -s pyproject.toml "$installed" || install_packages
[ -e "$libraries" ] || "$venv/bin/python" -m tools.system_libraries --stamp "$libraries"
