#!/usr/bin/env bash
# Installs the wheel with one runtime (OpenVINO, ONNX Runtime) into new environments without torch, and tests there that
# exported models find what they find with torch. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh

prepare_environment bundled,dev
python -m pytest tests/slim_environments.py "$@"
