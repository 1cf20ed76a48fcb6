#!/bin/sh
# Prints the path of a Python 3.13, looked for under its usual names, pyenv's and uv's included.
set -u

is_313() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null
}

for candidate in \
    "${PYTHON:-python3.13}" python3.13 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python \
    "$(uv python find 3.13 2>/dev/null || true)" \
    "$HOME"/.local/share/uv/python/cpython-3.13*/bin/python3.13 \
    /opt/homebrew/bin/python3.13 /usr/local/bin/python3.13
do
    if [ -n "$candidate" ] && is_313 "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done
echo "Python 3.13 is needed and was not found: install it (pyenv install 3.13, or uv python install 3.13), or name it: make PYTHON=/path/to/python3.13" >&2
exit 1
