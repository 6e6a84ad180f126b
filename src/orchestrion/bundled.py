"""Where the bundled scenarios, data and notebooks are: in the installed package, else at the repository's root."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from orchestrion.errors import InputError, Problem, UnknownName

_PACKAGE = Path(__file__).resolve().parent
_SUFFIX = ".yaml"


def _folder(name: str) -> Path:
    inside = _PACKAGE / "bundled" / name
    # an editable install has no copy inside the package: the working tree is then two floors up
    return inside if inside.is_dir() else _PACKAGE.parent.parent / name


def scenarios_folder() -> Path:
    """The folder of the bundled scenarios."""
    return _folder("scenarios")


def data_folder() -> Path:
    """The folder of the bundled data files."""
    return _folder("data")


def notebooks() -> list[Path]:
    """The bundled notebooks, in their order."""
    return sorted(_folder("notebooks").glob("*.ipynb"))


def scenario_names() -> list[str]:
    """Names of the bundled scenarios, sorted; a file whose name starts with `_` is a part of others, not a scenario."""
    return sorted(path.stem for path in scenarios_folder().glob(f"*{_SUFFIX}") if not path.name.startswith("_"))


def scenario_path(name: str) -> Path:
    """The file of a bundled scenario.

    Parameters
    ----------
    name
        With or without `.yaml`.

    Raises
    ------
    UnknownName
        No bundled scenario has this name; the message lists near ones.
    """
    stem = name.removesuffix(_SUFFIX)
    names = scenario_names()
    path = scenarios_folder() / f"{stem}{_SUFFIX}"
    if stem in names or ("/" not in stem and "\\" not in stem and path.is_file()):
        return path
    near = get_close_matches(stem, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UnknownName(f"no bundled scenario named {stem!r}; {hint}Known: {', '.join(names) or 'none'}.")


def data_path(*parts: str) -> Path:
    """A bundled data file or folder, such as `data_path("geo", "communes_fr.csv")`.

    Raises
    ------
    InputError
        There is no such file, or the parts lead out of the data folder.
    """
    folder = data_folder().resolve()
    path = folder.joinpath(*parts).resolve()
    if not path.is_relative_to(folder) or not path.exists():
        where = "/".join(parts)
        raise InputError([Problem(f"data/{where}", None, "", "", "no such bundled data file; see data/README.md.")])
    return path


def table_path(reference: str) -> Path:
    """The file that a document means: its own table, by now an absolute path, or a bundled one (`demand/weekdays.csv`).

    Raises
    ------
    InputError
        There is no such file.
    """
    own = Path(reference)
    return own if own.is_absolute() and own.is_file() else data_path(*reference.split("/"))
