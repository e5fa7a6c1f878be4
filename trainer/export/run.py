"""Export one head of a trained model, from its folder to a folder that Transformers loads without Marsad."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from trainer.documents import Document
from trainer.encoders.loading import quiet_loading
from trainer.export.folder import check_output, plain_tokenizer, replaced_folder, write_plain_folder
from trainer.export.parity import Parity, check_parity
from trainer.export.pipeline_results import labelled_sentences
from trainer.export.plain_heads import plain_model
from trainer.inference.predictor import Predictor
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Thresholds

# What an export is compared on by default: newspaper prose with attached clitics, quotes, diacritics,
# tatweel and Arabic-Indic digits.
SAMPLE = """\
سيطرت قوات النظام على بلدة المزيريب في ريف درعا الغربي، أمس الثلاثاء.
قُتِلَ ٣٠ عنصراً من تنظيم «داعش» وأُصيب ١٢ آخرون في قصفٍ جوي على مدينة الرقة.
وقال المتحدث باسم «قسد» إن الاشتباكات تجددت في محيط سجن الصناعة بالحسكة، ونزحت عشرات العائلات.
انسحـــبت القوات التركية من ٣ نقاط مراقبة شمال حلب (سوريا).
عقدت الحكومة اجتماعاً في دمشق لبحث أسعار الخبز.
"""


def export_head(
    model_folder: str | Path,
    output: str | Path,
    head: str,
    *,
    documents: Sequence[Document] | None = None,
    overwrite: bool = False,
) -> Parity:
    """Write one head of a model as a plain Transformers model, and check it against the model.

    Parameters
    ----------
    model_folder:
        What ``marsad train`` wrote.
    output:
        The folder to write. An earlier export there is replaced, anything else only with ``overwrite``. If something
        fails it stays as it was.
    head:
        One of the names in the model's configuration.
    documents:
        Text to compare the two on; by default a few sentences.

    Raises
    ------
    FileExistsError
        If ``output`` may not be replaced.
    FileNotFoundError
        If there is no model in ``model_folder``.
    ValueError
        If the model has no such head, its encoder's architecture is not known, or the export differs from it.
    """
    model_folder, output = Path(model_folder), Path(output)
    check_output(output, model_folder, overwrite=overwrite)
    predictor = Predictor(model_folder)
    texts = [Document.from_text(SAMPLE)] if documents is None else list(documents)
    sentences = labelled_sentences(predictor.predict(texts))
    threshold = Thresholds.load(model_folder / "thresholds.json").event_type
    with quiet_loading():
        model = MarsadModel.from_pretrained(model_folder).eval()
        special_tokens = AutoTokenizer.from_pretrained(model_folder).special_tokens_map
    plain = plain_model(model, head)
    tokenizer = plain_tokenizer(model_folder, special_tokens, model.config.window)
    own_tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    with replaced_folder(output) as building:
        with quiet_loading():
            write_plain_folder(building, plain, tokenizer, {**predictor.info, "head": head}, threshold)
        return check_parity(building, model, own_tokenizer, head, sentences, threshold)
