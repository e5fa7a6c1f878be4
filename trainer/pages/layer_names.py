"""What pages and their plots call the layers."""

from __future__ import annotations

LAYER_NAMES = {
    "entities": "الكيانات entities",
    "triggers": "ألفاظ الأحداث triggers",
    "event_types": "أنواع أحداث الجمل event types",
}
# Of their scores.
MEAN_NAME = "المتوسط mean"
