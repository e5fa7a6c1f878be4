"""A base for ``evaluate.Metric`` modules that need no hub, no network and no writable home."""

from __future__ import annotations

import tempfile
from typing import Any

import evaluate


class OfflineMetric(evaluate.Metric):
    """An ``evaluate.Metric`` that is made directly (``StrictSpanMetric()``) and works in memory.

    ``evaluate.load`` would look for a script on the hub and copy it into the home folder.
    """

    def __init__(self, **kwargs: Any) -> None:
        # ``evaluate`` makes a cache folder even for a metric that is kept in memory.
        self._scratch = tempfile.TemporaryDirectory(prefix="marsad-metric-")
        super().__init__(keep_in_memory=True, cache_dir=self._scratch.name, **kwargs)
