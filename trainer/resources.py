"""Where the data files that Marsad ships with lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The wheel carries the checkout's shipped files in one folder (pyproject.toml, force-include).
_INSTALLED = _PACKAGE / "shipped"
_CHECKOUT_FOLDERS = (_PACKAGE.parent / "data", _PACKAGE.parent / "configs")


def resource_path(name: str) -> Path:
    """Return the path of a shipped file such as ``schema.yaml`` or ``quickstart.yaml``.

    Raises
    ------
    FileNotFoundError
        If neither the installed package nor the checkout has it.
    """
    folders = (_INSTALLED,) if _INSTALLED.is_dir() else _CHECKOUT_FOLDERS
    for folder in folders:
        path = folder / name
        if path.is_file():
            return path
    looked_in = ", ".join(str(folder) for folder in folders)
    raise FileNotFoundError(f"Marsad's file {name!r} is missing (looked in {looked_in}); reinstall the package")
