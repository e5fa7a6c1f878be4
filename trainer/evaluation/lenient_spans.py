"""Span scores that read tags as leniently as the CoNLL shared tasks did, to compare with published numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from trainer.evaluation.strict_spans import SeqevalSpanMetric


class LenientSpanMetric(SeqevalSpanMetric):
    """``seqeval`` in its default mode, which counts as ``conlleval`` does.

    A span counts when both ends and the type agree, as in
    :class:`trainer.evaluation.strict_spans.StrictSpanMetric`. The difference is what a span is: here
    an I tag that continues nothing (after O, after a span of another type, or first in its sentence)
    begins a span. On legal IOB2 tags both metrics give the same numbers.

    Where nothing is predicted, precision is 0 (the ``conlleval`` package says 1, ``conlleval.pl`` 0).

    Inputs and result: see :class:`trainer.evaluation.strict_spans.SeqevalSpanMetric`.
    """

    mode_description = "Lenient span precision, recall and F1 (seqeval, default mode, as conlleval)."
    mode_options: ClassVar[Mapping[str, Any]] = {}
