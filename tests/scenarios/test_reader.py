"""What a scenario file may say, what it may not, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestrion.scenarios import reader
from orchestrion.scenarios.reader import read_file, read_text, read_value, scalar


def rules(text: str | bytes) -> list[tuple[int | None, str, str]]:
    return [(p.line, p.where, p.rule) for p in read_text(text, "x.yaml").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("12:30", "12:30"), ("01400", "01400"), ("0x1F", "0x1F"),
        ("0o17", "0o17"), ("1_000", "1_000"), ("2026-11-02", "2026-11-02"), ("true", True), ("False", False),
        ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12), ("4.90", 4.9), (".5", 0.5), ("1e3", 1000.0),
        ("00.5", "00.5"), ("1.2.3", "1.2.3"), ("=", "="), ("4,90", "4,90"),
    ],
)  # fmt: skip
def test_only_decimal_numbers_true_false_and_null_are_not_text(text: str, value: object) -> None:
    read = scalar(text)
    assert read == value
    assert type(read) is type(value)


def test_a_quoted_number_stays_text() -> None:
    assert read_text('a: "12"\nb: \'true\'\nc: 12\n', "x.yaml").tree.plain() == {"a": "12", "b": "true", "c": 12}


def test_plain_documents_read_as_pyyaml_reads_them() -> None:
    text = "a:\n  - 1\n  - {b: c, d: [2.5, null]}\n  - |\n    two\n    lines\ne: 'it''s'\nf: &x [1, 2]\ng: *x\n"
    assert read_text(text, "x.yaml").tree.plain() == yaml.safe_load(text)


def test_the_parser_in_python_and_the_one_in_c_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# hi\na: {b: 1, c: [x, 'y', \"12\"]}\nd: &k\n  e: 01400\nf: *k\n"
    first = read_text(text, "x.yaml")
    monkeypatch.setattr(reader, "_LOADER", yaml.SafeLoader)
    assert read_text(text, "x.yaml") == first


def test_each_value_knows_its_line() -> None:
    tree = read_text("a:\n  b: 1\n\n  c:\n    - x\n    - y: 2\n", "x.yaml").tree
    lines = [tree.place(path).line for path in (["a"], ["a", "b"], ["a", "c"], ["a", "c", "0"], ["a", "c", "1", "y"])]
    assert lines == [1, 2, 4, 5, 6]


def test_the_opening_comment_is_the_description() -> None:
    reading = read_text("# One sentence,\n# over two lines.\n#\n# A second paragraph.\n\n# not this\na: 1\n", "x.yaml")
    assert reading.description == "One sentence, over two lines.\n\nA second paragraph."


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "already on line 1"),
        ("a:\n  b: 1\n  b: 2\n", 3, "already on line 2"),
        ("a: !!python/object/apply:os.system [echo]\n", 1, "tags are not read"),
        ("a: !secret x\n", 1, "tags are not read"),
        ("a: .nan\n", 1, "finite"),
        ("a: 1\nb: -.inf\n", 2, "finite"),
        ("a: 1e999\n", 1, "finite"),
        ("a: " + "9" * 5000 + "\n", 1, "digits"),
        ("b: &b {c: 1}\na:\n  <<: *b\n", 3, "merge keys"),
        ("a: &a\n  b: *a\n", 2, "itself"),
        ("a: *nowhere\n", 1, "anchor"),
        ("? [a, b]\n: 1\n", 1, "plain word"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("- a\n- b\n", 1, "a scenario is a mapping"),
        ("just words\n", 1, "a scenario is a mapping"),
        ("", None, "is empty"),
        ("# nothing but a comment\n", None, "is empty"),
        ("a:\n\tb: 1\n", 2, "indent with spaces"),
        ("a: [1, 2\nb: 3\n", 2, "not YAML"),
        ("a: 1\nb: c: d\n", 2, "not YAML"),
        ("a: 'open\n", None, "not YAML"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
        ("[" * 3000, 1, "40 levels"),
        ("a: 1\n\"\": 2\n", 2, "key is missing"),
    ],
)  # fmt: skip
def test_hostile_or_broken_yaml_is_told_by_line(text: str, line: int | None, says: str) -> None:
    (problem, *_) = read_text(text, "x.yaml").problems
    assert line is None or problem.line == line
    assert says in str(problem)


def test_ten_lines_cannot_unfold_into_a_billion_values() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    (problem,) = read_text("\n".join(lines), "x.yaml").problems
    assert "unfolds" in problem.rule


def test_a_huge_file_is_not_parsed() -> None:
    ((_, _, rule),) = rules("a: 1\n" + "# filler\n" * 600_000)
    assert "5,000,000" in rule


def test_a_file_in_another_encoding_is_told_with_its_line() -> None:
    ((line, _, rule),) = rules("a: 1\nb: été\n".encode("cp1252"))
    assert line == 2
    assert "UTF-8" in rule
    assert read_text("a: été\n".encode("utf-8-sig"), "x.yaml").tree.plain() == {"a": "été"}


def test_several_problems_are_told_together() -> None:
    assert [line for line, _, _ in rules("a: 1\na: 2\nb: .nan\nc: !x 1\n")] == [2, 3, 4]


def test_a_value_alone_reads_as_in_a_file() -> None:
    texts = ["3", "12:30", "[mon, tue]", "{name: nearest}", "no", ""]
    assert [read_value(text, "--set").tree.plain() for text in texts] == [
        3, "12:30", ["mon", "tue"], {"name": "nearest"}, "no", None,
    ]  # fmt: skip


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_base_is_merged_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    write(tmp_path, base="a: {x: 1, y: 2}\nl: [1, 2, 3]\n", over="extends: base.yaml\na: {y: 3, z: 4}\nl: [9]\n")
    reading = read_file(tmp_path / "over.yaml")
    assert reading.problems == []
    assert reading.tree.plain() == {"a": {"x": 1, "y": 3, "z": 4}, "l": [9]}
    assert Path(reading.tree.place(["a", "x"]).file).name == "base.yaml"
    assert Path(reading.tree.place(["a", "y"]).file).name == "over.yaml"


def test_bases_may_have_bases_and_the_suffix_may_be_left_out(tmp_path: Path) -> None:
    write(tmp_path, a="x: 1\ny: 1\nz: 1\n", b="extends: a\ny: 2\nz: 2\n", c="extends: b\nz: 3\n")
    assert read_file(tmp_path / "c.yaml").tree.plain() == {"x": 1, "y": 2, "z": 3}


def test_another_name_leaves_the_parameters_of_the_old_one_behind(tmp_path: Path) -> None:
    write(tmp_path, base="policy: {name: nearest, within_km: 5}\n", over="extends: base\npolicy: {name: cheapest}\n")
    assert read_file(tmp_path / "over.yaml", chosen=[("policy",)]).tree.plain() == {"policy": {"name": "cheapest"}}


def test_a_circle_of_bases_is_told(tmp_path: Path) -> None:
    write(tmp_path, a="extends: b\n", b="extends: c\n", c="\nextends: a\n")
    (problem,) = read_file(tmp_path / "a.yaml").problems
    assert "a.yaml -> b.yaml -> c.yaml -> a.yaml" in problem.rule
    assert problem.line == 2


def test_a_base_outside_of_the_scenario_s_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, secret="a: 1\n")
    home = write(tmp_path / "home", x="extends: ../secret.yaml\n", y=f"extends: {tmp_path / 'secret.yaml'}\n")
    (home / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (home / "z.yaml").write_text("extends: link.yaml\n")
    for name in ("x", "y", "z"):
        (problem,) = read_file(home / f"{name}.yaml").problems
        assert "in the folder of the scenario" in problem.rule


def test_a_base_below_may_lean_on_one_above_it_inside_the_folder(tmp_path: Path) -> None:
    write(tmp_path, common="a: 1\nb: 1\n", top="extends: parts/part.yaml\nc: 3\n")
    write(tmp_path / "parts", part="extends: ../common.yaml\nb: 2\n")
    assert read_file(tmp_path / "top.yaml").tree.plain() == {"a": 1, "b": 2, "c": 3}


def test_problems_of_a_base_are_told_at_the_base(tmp_path: Path) -> None:
    write(tmp_path, base="a: 1\n\na: 2\n", over="extends: base\nb: .inf\n")
    places = [(Path(p.file).name, p.line) for p in read_file(tmp_path / "over.yaml").problems]
    assert places == [("base.yaml", 3), ("over.yaml", 2)]


@pytest.mark.parametrize("reference", ["[a, b]", "3", "nowhere.yaml", '""'])
def test_a_base_that_is_none_is_told(tmp_path: Path, reference: str) -> None:
    write(tmp_path, x=f"a: 1\nextends: {reference}\n")
    (problem,) = read_file(tmp_path / "x.yaml").problems
    assert (problem.line, problem.where) == (2, "extends")


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    (problem,) = read_file(tmp_path / "x.yaml").problems
    assert "no such file" in problem.rule
