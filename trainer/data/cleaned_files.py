"""Clean raw pages on disk: the article text, and the map that leads its offsets back."""

from __future__ import annotations

import json
from pathlib import Path

from trainer.data.check import offset_record, offsets_file
from trainer.text.cleaning import CleanedText, load_cleaner


def clean_files(source: str | Path, output: str | Path) -> dict[str, CleanedText]:
    """Clean a raw ``.txt`` file, or all in a folder, into ``output``; return the results by id.

    Raises
    ------
    FileNotFoundError
        If there is nothing to clean.
    ValueError
        If a page is not UTF-8, or ``output`` is where the raw pages lie.
    """
    source, output = Path(source), Path(output)
    paths = sorted(source.glob("*.txt")) if source.is_dir() else [source]
    if not paths or not paths[0].is_file():
        raise FileNotFoundError(f"{source} is neither a .txt file nor a folder of them")
    if output.resolve() == paths[0].resolve().parent:
        raise ValueError(f"{output} holds the raw pages, which cleaning would overwrite; choose another folder")
    output.mkdir(parents=True, exist_ok=True)
    cleaner = load_cleaner()
    results = {}
    for path in paths:
        try:
            raw = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
        cleaned = results[path.stem] = cleaner.clean(raw, path.stem)
        target = output / f"{path.stem}.txt"
        target.write_bytes(cleaned.text.encode("utf-8"))
        record = json.dumps(offset_record(cleaned), ensure_ascii=False, indent=1)
        offsets_file(target).write_bytes((record + "\n").encode("utf-8"))
    return results
