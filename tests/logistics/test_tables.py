"""The reader of commented tables: what it keeps, and how it names mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrion.errors import InputError
from orchestrion.tables import read_table


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


def test_codes_keep_their_zeros_and_comments_are_for_people(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, '# a comment\n\ninsee,label\n01400,"Ville, la"\n'), ["insee"])
    assert [(row["insee"], row["label"], row.line) for row in table] == [("01400", "Ville, la", 4)]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "\ufeffname,value\r\nvat,0.2\r\n"), ["name", "value"])
    assert table.by_name("name") == {"vat": 0.2}


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("name,valeu\na,1\n", ":1: value", "is it 'valeu'?"),
        ("name;value\na;1\n", ":1: name", "commas, not semicolons"),
        ("name,name,value\na,b,1\n", ":1: name", "two columns"),
        ("name,value\na\n", ":2", "1 values for 2 columns"),
        ("name,value,confidence\na,1,sure\n", ":2: confidence = 'sure'", "measured, published"),
        ("# nothing\n", "table.csv", "empty"),
    ],
)
def test_a_table_that_is_none_says_where_and_why(tmp_path: Path, text: str, where: str, rule: str) -> None:
    with pytest.raises(InputError) as error:
        read_table(written(tmp_path, text), ["name", "value"])
    assert where in complaint(error)
    assert rule in complaint(error)


@pytest.mark.parametrize(
    ("value", "rule"),
    [('"1,5"', "after a point"), ("nan", "finite"), ("inf", "finite"), ("1_0", "finite"), ("-1", "0 or more")],
)
def test_a_number_that_is_none_is_named_with_its_line(tmp_path: Path, value: str, rule: str) -> None:
    table = read_table(written(tmp_path, f"name,value\na,1\nb,{value}\n"))
    with pytest.raises(InputError) as error:
        table.numbers("value", low=0.0)
    assert "table.csv:3: value" in complaint(error)
    assert rule in complaint(error)


def test_all_wrong_numbers_are_named_at_once(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "name,value\na,x\nb,2\nc,y\n"))
    with pytest.raises(InputError) as error:
        table.numbers("value")
    assert [problem.line for problem in error.value.problems] == [2, 4]


def test_shares_must_sum_to_one_and_are_added_up_by_name(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "outcome,share\nleave,0.5\nwait,0.2\nleave,0.3\n"))
    assert table.shares("outcome") == pytest.approx({"leave": 0.8, "wait": 0.2})
    with pytest.raises(InputError, match=r"sum to 0\.9"):
        read_table(written(tmp_path, "outcome,share\nleave,0.9\n")).shares("outcome")


def test_a_name_written_twice_or_unknown_is_a_mistake(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "name,value\nvat,1\nvat,2\n"))
    with pytest.raises(InputError, match="already on line 2"):
        table.by_name("name")
    with pytest.raises(InputError, match="did you mean 'vat'"):
        table.where("name", "vta")


def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "absent.csv")
    (tmp_path / "latin.csv").write_bytes("clé,valeur\n".encode("cp1252"))
    with pytest.raises(InputError, match="UTF-8"):
        read_table(tmp_path / "latin.csv")
