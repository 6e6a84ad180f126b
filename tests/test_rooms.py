"""The house: rooms import downstairs only, heavy machinery stays in its room, and nothing happens on import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import orchestrion

HOUSE = Path(orchestrion.__file__).parent
FLOORS = {
    "errors": 0, "registry": 0, "streams": 0, "units": 0, "geometry": 0, "bundled": 0, "tables": 0, "display": 0,
    "memory": 0, "database": 0,
    "domain": 1,
    "logistics": 2, "demand": 2, "kpis": 2,
    "policies": 3,
    "simulation": 4, "scenarios": 4,
    "experiments": 5,
    "reports": 6,
    "apps": 7, "testing": 7,
    "__main__": 8,
}  # fmt: skip
# the ground floor is made of single files, which may use one another without going in circles
GROUND = {
    "errors": 0, "units": 0, "geometry": 0, "display": 0, "memory": 0, "database": 0, "registry": 1, "bundled": 1,
    "streams": 1, "tables": 2,
}  # fmt: skip
TESTING_MAY_USE = {"domain", "logistics", "policies"}
# engine -> where it may be imported
ENGINES = {
    "simpy": ("simulation/",),
    "pulp": ("policies/solver.py",),
    "highspy": ("policies/solver.py",),
    "plotly": ("reports/",),
    "duckdb": ("database.py", "experiments/", "scenarios/"),
    "typer": ("apps/",),
    "rich": ("apps/",),
    "jinja2": ("reports/", "apps/workshop/minutes.py", "apps/workshop/pages.py"),
    "xlsxwriter": ("reports/spreadsheet.py",),
    "pydantic": ("scenarios/",),
    "python_calamine": ("scenarios/sheets.py",),
    "loky": ("experiments/",),
    "optuna": ("experiments/",),
    "SALib": ("experiments/",),
    "distributed": ("experiments/cluster.py",),
    "tornado": ("apps/workshop/",),
    "segno": ("apps/workshop/",),
}
HEAVY = (
    "pandas", "plotly", "duckdb", "pulp", "highspy", "scipy", "simpy", "jinja2", "holidays", "geopy", "loky", "optuna",
    "SALib", "python_calamine",
)  # fmt: skip
LONGEST = 450  # lines: a file does one thing
# known to be too long, and not to grow further; take the entry away when they are cut up
STILL_LONGER: dict[str, int] = {}
# what a module does to things of its own while it is loaded
OWN_AFFAIRS = {
    "apps/cli.py": "hangs the commands on the app",
    "scenarios/scenario.py": "teaches its YAML dumper to quote",
}

FILES = sorted(HOUSE.rglob("*.py"))


def room_of(path: Path) -> str:
    """errors, domain, ...; "" for the front door."""
    first = path.relative_to(HOUSE).parts[0]
    return first.removesuffix(".py") if first != "__init__.py" else ""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def used_by(path: Path) -> tuple[tuple[int, str], ...]:
    """The imports of a file that stays as it is."""
    return tuple(imports(path, tree_of(path)))


def imports(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import of a file: deferred ones and those for type checking too."""
    package = ["orchestrion", *path.relative_to(HOUSE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _dynamic(node):
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, argument.value


def _dynamic(node: ast.Call) -> bool:
    called = node.func
    return (isinstance(called, ast.Name) and called.id in ("__import__", "import_module")) or (
        isinstance(called, ast.Attribute) and called.attr == "import_module"
    )


def neighbours(path: Path, used: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """(line, room) of the rooms a file imports from, its own left out."""
    for line, name in used:
        parts = name.split(".")
        if parts[0] == "orchestrion" and len(parts) > 1 and parts[1] not in (room_of(path), "__version__"):
            if parts[1] in FLOORS:
                yield line, parts[1]
            else:
                yield line, ""  # a name of the front door


def short(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def test_every_room_has_its_floor() -> None:
    assert {room_of(path) for path in FILES} - {""} == set(FLOORS)


def test_imports_point_downstairs_and_rooms_on_one_floor_are_strangers() -> None:
    wrong = [
        f"{short(path)}:{line} imports from {other or 'the front door'}"
        for path in FILES
        if room_of(path)  # the front door looks into every room, when it is asked to
        for line, other in neighbours(path, used_by(path))
        if not may_use(room_of(path), other)
    ]
    assert not wrong


def may_use(room: str, other: str) -> bool:
    """Whether a room may import from another ("" for the front door)."""
    if not other:
        return FLOORS[room] == 7  # apps use the front door
    if room in GROUND:
        return other in GROUND and GROUND[other] < GROUND[room]
    if room == "testing":
        return other in GROUND or other in TESTING_MAY_USE
    return FLOORS[other] < FLOORS[room]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_lives_in_one_room(engine: str) -> None:
    users = {short(path) for path in FILES for _, name in used_by(path) if name.split(".")[0] == engine}
    assert users, f"nobody uses {engine} any more: drop it here and in pyproject.toml"
    assert {user for user in users if not user.startswith(ENGINES[engine])} == set()


def test_only_apps_speak_to_the_terminal() -> None:
    wrong = [
        f"{short(path)}:{n.lineno}"
        for path in FILES
        if room_of(path) != "apps"
        for n in ast.walk(tree_of(path))
        if (isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print")
        or (isinstance(n, ast.Attribute) and n.attr in ("stdout", "stderr") and getattr(n.value, "id", "") == "sys")
    ]
    assert not wrong


def test_a_file_opens_with_a_sentence_and_stays_short() -> None:
    wrong = []
    for path in FILES:
        said = ast.get_docstring(tree_of(path)) or ""
        if not said.split("\n\n")[0].rstrip().endswith((".", ":", "?", "!")):
            wrong.append(f"{short(path)}: opens with {said[:60]!r}")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > STILL_LONGER.get(short(path), LONGEST):
            wrong.append(f"{short(path)}: {lines} lines")
    assert not wrong


def test_nothing_happens_on_import() -> None:
    """A module's own lines define things: no loops, no calls for their effect, no files opened, no globals changed."""
    wrong = []
    for path in FILES:
        for node in tree_of(path).body if short(path) not in OWN_AFFAIRS else []:
            where = f"{short(path)}:{node.lineno}"
            if isinstance(node, ast.For | ast.While | ast.With | ast.Raise | ast.Delete | ast.AugAssign):
                wrong.append(where)
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
                wrong.append(f"{where}: a call for its effect")
            if isinstance(node, ast.If):
                test = ast.unparse(node.test)
                if test not in ("TYPE_CHECKING", "__name__ == '__main__'") and not test.startswith("sys."):
                    wrong.append(f"{where}: {test}")
        wrong += [f"{short(path)}:{n.lineno}: global" for n in ast.walk(tree_of(path)) if isinstance(n, ast.Global)]
    assert not wrong


def test_the_command_line_answers_without_loading_heavy_libraries() -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\nimport orchestrion.apps.cli\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules and name not in before])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_front_door_opens_without_loading_heavy_libraries() -> None:
    heavy = (*HEAVY, "numpy", "pydantic")
    # what a site-packages hook loads into every interpreter is not our doing
    program = (
        f"import sys\nbefore = set(sys.modules)\nimport orchestrion\n"
        f"print(*[name for name in {heavy!r} if name in sys.modules and name not in before])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_these_tests_notice_an_import_upstairs_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = tmp_path / "orchestrion"
    monkeypatch.setattr(sys.modules[__name__], "HOUSE", house)
    guilty = house / "domain" / "guilty.py"
    for line in (
        "import orchestrion.simulation.engine",
        "from orchestrion.simulation import simulate",
        "from orchestrion import simulation",
        "from ..simulation import engine",
        "from .. import simulation",
        "def f():\n    from orchestrion.simulation.engine import simulate",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import orchestrion.simulation",
        "import importlib\nimportlib.import_module('orchestrion.simulation.engine')",
    ):
        used = imports(guilty, ast.parse(line))
        assert [room for _, room in neighbours(guilty, used)] == ["simulation"], line


def test_the_house_is_written_in_one_hand() -> None:
    """Ruff finds nothing, under the rules of pyproject.toml."""
    root = Path(__file__).parents[1]
    found = subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=root, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
