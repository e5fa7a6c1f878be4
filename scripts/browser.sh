# Sourced by test.sh: what the tests of the pages open them with.

# Where CI is set nobody is there to install a browser, so Debian's is installed, with a small Arabic font. Elsewhere
# nothing is: those tests are skipped then, and say what they need.
prepare_browser() {
    [ -n "${CI:-}" ] || return 0
    if python scripts/chromium.py >/dev/null 2>&1; then return 0; fi
    if command -v apt-get >/dev/null 2>&1; then
        local as_root=""
        [ "$(id -u)" = 0 ] || as_root="sudo -n"
        local install=(apt-get install -y --no-install-recommends chromium chromium-sandbox fonts-hosny-amiri)
        $as_root "${install[@]}" || { $as_root apt-get update && $as_root "${install[@]}"; } || true
    fi
    # Says what is missing, if it still is.
    python scripts/chromium.py
}
