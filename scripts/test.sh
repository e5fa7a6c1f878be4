#!/usr/bin/env bash
# Installs what the tests need and runs lint, types and tests. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh
. scripts/browser.sh

prepare_environment bundled,dev
prepare_encoder
prepare_browser
ruff check .
ruff format --check .
mypy
python -m pytest "$@"
bash scripts/test_slim.sh
