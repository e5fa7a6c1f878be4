"""OpenVINO and NNCF without their reports: they tell their maker how they are used, unless told not to."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

# In continuous integration they send nothing.
_AS_IN_CI = {"CI": "true", "NNCF_CI": "1"}
# The environment is the whole process's: what one thread puts back, another must not have looked at.
_environment = threading.RLock()


@contextmanager
def no_usage_data() -> Iterator[None]:
    """Keep OpenVINO and NNCF from reporting what is done in here, their import included."""
    with _environment:
        before = {name: os.environ.get(name) for name in _AS_IN_CI}
        os.environ.update(_AS_IN_CI)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def import_openvino() -> ModuleType:
    """Import ``openvino``, which reports that it was imported."""
    with no_usage_data():
        import openvino

        return openvino
