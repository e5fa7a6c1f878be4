"""Where the data files that Marsad ships with lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The wheel carries the checkout's shipped files in one folder (pyproject.toml, force-include).
_INSTALLED = _PACKAGE / "shipped"
_CHECKOUT_FOLDERS = (_PACKAGE.parent / "data", _PACKAGE.parent / "configs")


def resource_path(name: str) -> Path:
    """Return the path of a shipped file such as ``schema.yaml``, ``quickstart.yaml`` or ``mappings/wojood.yaml``.

    Raises
    ------
    FileNotFoundError
        If neither the installed package nor the checkout has it.
    """
    folders = _folders()
    for folder in folders:
        path = folder / name
        if path.is_file():
            return path
    looked_in = ", ".join(str(folder) for folder in folders)
    raise FileNotFoundError(f"Marsad's file {name!r} is missing (looked in {looked_in}); reinstall the package")


def resource_names(folder: str) -> list[str]:
    """Return the names of the shipped files of a folder such as ``mappings``, sorted."""
    return sorted(path.name for parent in _folders() for path in (parent / folder).glob("*") if path.is_file())


def _folders() -> tuple[Path, ...]:
    return (_INSTALLED,) if _INSTALLED.is_dir() else _CHECKOUT_FOLDERS
