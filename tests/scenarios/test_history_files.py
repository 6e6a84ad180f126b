"""Where a history stands: beside its document, known by its content; files and mappings that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from replaying import SMALL, plain, reported, small

from orchestrion import bundled
from orchestrion.errors import InputError
from orchestrion.scenarios import Scenario, load_scenario


def test_the_hash_follows_the_content_of_the_file_not_its_place(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,1,9.90"])
    hashes = []
    for folder, content in (("a", text), ("b", text), ("c", text.replace("9.90", "9.91"))):
        (tmp_path / folder).mkdir()
        hashes.append(small(tmp_path / folder, content).hash)
    assert hashes[0] == hashes[1] != hashes[2]
    generated = load_scenario(tmp_path / "a" / "small.yaml")
    assert generated.hash not in hashes
    assert generated.history() is None
    mapped = small(tmp_path / "a", text, "rules: {products: ['*']}")
    assert mapped.hash != hashes[0]


def test_a_file_that_changes_under_our_feet_is_refused(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,1,9.90"])
    scenario = small(tmp_path, text)
    (tmp_path / "orders.csv").write_text(text.replace("9.90", "8.80"), encoding="utf-8")
    os.utime(tmp_path / "orders.csv", ns=(1, 1))
    with pytest.raises(InputError, match="has changed since the scenario was loaded"):
        scenario.compile()


def test_a_document_names_its_history_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(SMALL.replace("{walk_in", "{history: {orders: orders.csv}, walk_in"))
    scenario = load_scenario(tmp_path / "mine.yaml")
    assert reported(scenario).units == 2
    again = Scenario.from_yaml(scenario.to_yaml())
    assert again.hash == scenario.hash, "written in full, it can be read from anywhere"


def test_a_bundled_document_reads_no_file_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "sly.yaml").write_text(SMALL.replace("{walk_in", "{history: {orders: ../orders.csv}, walk_in"))
    monkeypatch.setattr(bundled, "scenarios_folder", lambda: bundle)
    with pytest.raises(InputError, match=r"sly.yaml:7: demand.history.orders.*files of its own folder only"):
        load_scenario("sly")


def test_missing_files_are_named_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    history = "{history: {orders: order.csv, mapping: uci_online}, walk_in"
    (tmp_path / "mine.yaml").write_text(SMALL.replace("{walk_in", history))
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "mine.yaml")
    told = str(caught.value)
    assert "mine.yaml:7: demand.history.orders = \"order.csv\": no such file beside mine.yaml or in this folder" in told
    assert "demand.history.mapping = \"uci_online\": no such file" in told
    assert "did you mean the bundled 'uci_online_retail'" in told


def test_all_mistakes_of_a_mapping_are_told_with_their_lines(tmp_path: Path) -> None:
    mapping = """\
columns: {order: order, lat: lat}
readng: {decimal: ","}
reading: {date_format: HH:MM}
rules: {missing_price: guess, quantity_at_most: 0}
dates: {first_day: 2026-02-01, last_day: 2026-01-01}
"""
    with pytest.raises(InputError) as caught:
        small(tmp_path, plain(["1,2026-01-05 12:00,S,2,9.90"]), mapping)
    told = [str(problem).replace(str(tmp_path), "") for problem in caught.value.problems]
    for line, words in (
        (1, "lat and lon go together"),
        (2, 'did you mean "reading"'),
        (3, "must tell day, month and year"),
        (4, "missing_price"),
        (4, "1 or more"),
        (5, "is before first_day"),
    ):
        assert any(f"mapping.yaml:{line}:" in problem and words in problem for problem in told), (line, words, told)


def test_a_column_that_the_file_lacks_is_named_with_near_ones(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,2,9.90"])
    with pytest.raises(InputError, match=r"mapping.yaml:1: columns.sku = \"skus\".*did you mean 'sku'\? It has: order"):
        small(tmp_path, text, "columns: {sku: skus}").history()
    with pytest.raises(InputError, match=r"orders.csv:1: price: .*no such column.*Say in a mapping"):
        small(tmp_path, text.replace("price", "prix")).history()


def test_a_file_of_which_nothing_is_left_says_why(tmp_path: Path) -> None:
    rule = r"no row is left to replay. 1 row: no readable date \(line 2: t = 'Monday'"
    with pytest.raises(InputError, match=rule):
        small(tmp_path, plain(["1,Monday,S,2,9.90"])).history()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"order,t,sku,quantity,price\n", "no rows"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"PAR1 and nothing more", "not readable as Parquet"),
        (b'order,t,sku,quantity,price\n1,2026-01-05,S,1,"9.90\n' + b"x" * 200_000, "a quote left open"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, rule: str) -> None:
    (tmp_path / "orders.any").write_bytes(content)
    with pytest.raises(InputError, match=rule):
        small(tmp_path, tmp_path / "orders.any").history()


def test_utf_16_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,É,2,9.90"])
    for encoding in ("utf-16", "utf-8-sig", "utf-8", "cp1252"):
        (tmp_path / encoding).write_bytes(text.encode(encoding))
        assert small(tmp_path, tmp_path / encoding).compile().skus.key == ["É"]
    with pytest.raises(InputError, match="is not written in utf-8"):
        small(tmp_path, tmp_path / "cp1252", "reading: {encoding: utf-8}").history()
