"""What the parts and the tables of a dataset are called on its page and in its plots."""

from __future__ import annotations

from trainer.data.corpus import TRAINING_ONLY
from trainer.data.label_counts import ATTRIBUTES, ROLES
from trainer.data.labelled_sources import WHOLE
from trainer.pages.layer_names import LAYER_NAMES
from trainer.schema import LabelType

# Splits with other names are called by them.
_PARTS = {
    "": "المجموع",
    "train": "التدريب train",
    "validation": "التحقق validation",
    "test": "الاختبار test",
    TRAINING_ONLY: "للتدريب فقط",
    WHOLE: "كل النصوص",
}
TABLE_NAMES = {**LAYER_NAMES, ROLES: "أدوار المشاركين roles", ATTRIBUTES: "صفات الأحداث attributes"}

# What two annotations are compared in, span by span.
AGREEMENT_NAMES = {
    **{layer: TABLE_NAMES[layer] for layer in ("entities", "triggers")},
    "arguments": "المشاركون arguments",
}


def part_name(part: str) -> str:
    """Return what a part of a dataset is called."""
    return _PARTS.get(part, part)


def label_name(label: LabelType) -> str:
    """Return the code of a label behind its Arabic name, where it has one."""
    return label.name if label.arabic == label.name else f"{label.arabic} {label.name}"
