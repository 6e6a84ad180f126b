"""Tables of orders of any making become scenarios; defects are told line by line."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from importing import brought, everything_written, lines, written
from typer.testing import CliRunner

from orchestrion.domain.codes import Channel
from orchestrion.errors import InputError
from orchestrion.experiments.calibration import fit_history
from orchestrion.scenarios.importers import import_files, importers

UCI = (
    Path(__file__).resolve().parents[3]
    / "shared/data/uci_online_retail/online_retail_full541909_no_invoice.parquet"
)

# -- tables of any making ------------------------------------------------------------------------------------------

FRENCH = """\
N° commande;Date;Réf. article;Qté;Prix unitaire TTC;Libellé article;Code postal;Ville;Nom client;Téléphone
1001;07/09/2026 09:30;A-1;2;1 219,90;Chemise « été »;1400;Châtillon-sur-Chalaronne;Jean Valjean;0612345678
1002;2026-09-13 10:00;B-2;1;8,50;L'écharpe;"'69003";LYON 3e;Fantine;0611111111
1003;46280,5;B-2;1;8,5;L'écharpe;75008;PARIS CEDEX 08;Cosette;
1004;14.09.2026;B-2;1;8;L'écharpe;42023;ST ETIENNE CEDEX 2;Marius;
"""


def test_a_french_file_of_mixed_dates_decimal_commas_and_lost_zeros_is_understood(tmp_path: Path) -> None:
    report, _ = brought("orders", tmp_path, {"commandes.csv": FRENCH.encode("cp1252")})
    found = [(o["order"], o["t"], o["quantity"], o["price"], o["commune"], o["label"]) for o in lines(tmp_path)]
    assert found == [
        ("1001", "2026-09-07 09:30:00", "2", "1219.9", "01093", "Chemise « été »"),
        ("1002", "2026-09-13 10:00:00", "1", "8.5", "69123", "L'écharpe"),
        ("1003", "2026-09-15 12:00:00", "1", "8.5", "75056", "L'écharpe"),  # day 46,280.5 of a workbook
        ("1004", "2026-09-14 00:00:00", "1", "8", "42218", "L'écharpe"),  # a CEDEX, found by its name
    ]
    assert report.not_found == {}
    assert "Valjean" not in everything_written(tmp_path)
    assert "Not read: 'Nom client', 'Téléphone'." in report.understood


def test_the_same_table_as_a_workbook_and_as_parquet_is_the_same_import(tmp_path: Path) -> None:
    from datetime import datetime

    import duckdb
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["N° commande", "Date", "SKU", "Qté", "Prix", "CP"])
    sheet.append([1001, datetime(2026, 9, 7, 9, 30), "A-1", 2, 19.9, 1400])
    sheet.append(["1002", "08/09/2026 10:00", "007", 1, 8, "69003"])
    sheet.append(["1003", "28/09/2026 10:00", "007", 1, "8,25", "69003"])
    book.save(tmp_path / "commandes.xlsx")
    source = duckdb.connect()
    source.execute(f"""COPY (SELECT * FROM (VALUES
        ('1001', TIMESTAMP '2026-09-07 09:30:00', 'A-1', 2, 19.9::DOUBLE, '1400'),
        ('1002', TIMESTAMP '2026-09-08 10:00:00', '007', 1, 8.0::DOUBLE, '69003'),
        ('1003', TIMESTAMP '2026-09-28 10:00:00', '007', 1, 8.25::DOUBLE, '69003')
        ) t("N° commande", "Date", "SKU", "Qté", "Prix", "CP"))
        TO '{tmp_path / "commandes.parquet"}' (FORMAT parquet)""")
    found = []
    for name in ("commandes.xlsx", "commandes.parquet"):
        import_files("orders", [tmp_path / name], tmp_path / "into")
        found.append(lines(tmp_path))
    assert found[0] == found[1]
    assert [line["sku"] for line in found[0]] == ["A-1", "007", "007"]
    assert [line["price"] for line in found[0]] == ["19.9", "8", "8.25"]
    assert found[0][0]["commune"] == "01093"


def test_dates_that_could_mean_two_days_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "order,date,sku,qty,price\n1,03/04/2026,S,1,9.90\n2,05/06/2026,S,1,9.90\n"})
    with pytest.raises(InputError, match=r"o.csv: date: does the day or the month come first in '03/04/2026'"):
        import_files("orders", path, tmp_path / "into")


def test_one_date_shows_how_all_are_meant(tmp_path: Path) -> None:
    for last, expected in (("13/06/2026", "2026-04-03"), ("06/13/2026", "2026-03-04")):
        text = f"order,date,sku,qty,price\n1,03/04/2026,S,1,9.90\n2,{last},S,1,9.90\n"
        brought("orders", tmp_path, {"o.csv": text})
        assert lines(tmp_path)[0]["t"].startswith(expected)


def test_a_column_that_mixes_both_ways_is_read_where_each_date_is_clear(tmp_path: Path) -> None:
    text = "order,date,sku,qty,price\n1,13/09/2026,S,1,9.90\n2,09/14/2026,S,1,9.90\n3,05/05/2026,S,1,9.90\n"
    brought("orders", tmp_path, {"o.csv": text})
    assert [line["t"][:10] for line in lines(tmp_path)] == ["2026-09-13", "2026-09-14", "2026-05-05"]


def test_columns_that_nobody_recognises_are_asked_for_all_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "order,when,thing,qty,price\n1,2026-09-07,S,1,9.90\n"})
    with pytest.raises(InputError) as caught:
        import_files("orders", path, tmp_path / "into")
    assert [problem.where for problem in caught.value.problems] == ["t", "sku"]
    assert all("when, thing" in problem.rule for problem in caught.value.problems)


# -- defects -------------------------------------------------------------------------------------------------------


def fifty_defects() -> str:
    slips = [("1,5", "9.90", "2026-09-07"), ("two", "9.90", "2026-09-07"), ("1", "free", "2026-09-07"),
             ("1", "9.90", "2026-19-07"), ("1", "9.90", "yesterday")]  # fmt: skip
    rows = ["order,date,sku,qty,price"]
    for i in range(50):
        quantity, price, day = slips[i % 5]
        rows.append(f'{1000 + i},{day},S,"{quantity}",{price}')
    rows += [f"{2000 + i},2026-09-08,S,1,9.90" for i in range(950)]
    return "\n".join(rows) + "\n"


def test_a_file_of_fifty_defects_yields_fifty_located_messages_and_is_imported_without_them(tmp_path: Path) -> None:
    report, _ = brought("orders", tmp_path, {"o.csv": fifty_defects()})
    assert report.defective == len(report.defects) == 50
    assert [problem.line for problem in report.defects] == list(range(2, 52))
    assert {problem.where for problem in report.defects} == {"qty", "price", "date"}
    told = "o.csv:3: qty = 'two': the quantity is no whole number; write whole units, such as 2."
    assert str(report.defects[1]).endswith(told)
    with (tmp_path / "into" / "left_out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["line"]) for row in rows] == list(range(2, 52))
    assert len(lines(tmp_path)) == 950


def test_too_many_defects_and_nothing_is_written_but_all_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "\n".join(fifty_defects().splitlines()[:100])})
    report, refused = import_files("orders", path, tmp_path / "into")
    assert len(report.defects) == 50
    assert "50 of 99 rows are defective, more than 5%" in refused
    assert list((tmp_path / "into").iterdir()) == []


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": fifty_defects()})
    dry, _ = import_files("orders", path, tmp_path / "into", dry_run=True)
    assert not (tmp_path / "into").exists()
    wet, _ = import_files("orders", path, tmp_path / "into")
    assert dry.to_dict() | {"written": wet.written} == wet.to_dict()


def test_the_command_tells_defects_with_row_column_value_and_way_out(tmp_path: Path) -> None:
    from orchestrion.apps.cli import app

    (path,) = written(tmp_path, {"o.csv": fifty_defects()})
    done = CliRunner().invoke(app, ["import", "orders", str(path), "--into", str(tmp_path / "into"), "--defects", "0"])
    assert done.exit_code == 2
    assert sum("o.csv:" in line and "; write" in line for line in done.output.splitlines()) == 50
    assert CliRunner().invoke(app, ["import", "orders", str(path)]).exit_code == 2
    assert all(name in CliRunner().invoke(app, ["import", "--list"]).output for name in importers.names())


# -- orders without numbers ----------------------------------------------------------------------------------------


def test_orders_without_numbers_are_rebuilt_across_blocks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["date,sku,qty,price,client"]
    rows += [f"2026-09-07 10:{i // 4:02d},S{i},1,9.90,K{i // 8}" for i in range(40)]
    text = "\n".join(rows) + "\n"
    counted = []
    for size in (1_000_000, 7):
        monkeypatch.setattr("orchestrion.scenarios.sheets.BLOCK", size)
        report, _ = brought("orders", tmp_path, {"o.csv": text})
        counted.append([line["order"] for line in lines(tmp_path)])
        assert report.counts["orders"] == 10, "one a minute"
    assert counted[0] == counted[1]
    assert counted[0][:5] == ["r1"] * 4 + ["r2"]


# the peak of the process itself: ru_maxrss would be inherited from the one that started it
PEAK = """
import re, resource, sys
from pathlib import Path
from orchestrion.scenarios.importers import import_files
report, refused = import_files("orders", [Path(sys.argv[1])], Path(sys.argv[2]), mapping=sys.argv[3])
print(report.counts["rows"], report.counts["order lines"], report.counts["orders"], refused or "-")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(peak, round(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])))
"""


@pytest.mark.slow
@pytest.mark.skipif(not UCI.is_file(), reason="the file of real invoices is not on this machine")
def test_half_a_million_real_lines_are_imported_in_the_memory_of_a_tenth_of_them(tmp_path: Path) -> None:
    import duckdb

    peaks = []
    for rows in (54_000, 541_909):
        path = tmp_path / f"{rows}.csv"
        duckdb.connect().execute(f"COPY (SELECT * FROM read_parquet('{UCI}') LIMIT {rows}) TO '{path}' (HEADER)")
        program = [sys.executable, "-c", PEAK, str(path), str(tmp_path / f"into{rows}"), "uci_online_retail_no_invoice"]
        counts, used = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
        peaks.append([int(text) for text in used.split()])
    assert counts == "541909 527760 19600 -"
    assert peaks[1][0] < 1.25 * peaks[0][0], "megabytes"
    assert peaks[1][1] < 30, "seconds of CPU"


# -- channels and options -------------------------------------------------------------------------------------------

CHANNELS = """\
commande;date;sku;quantité;prix;canal
1;2026-09-07 10:00;A;1;10,50;Site
2;2026-09-08 10:00;A;1;10,50;Appli iOS
3;2026-09-09 10:00;A;1;10,50;Amazon
4;2026-09-10 10:00;A;1;10,50;
"""


def test_channels_of_the_file_are_those_replayed_and_unknown_ones_are_drawn(tmp_path: Path) -> None:
    mapping = tmp_path / "map.yaml"
    mapping.write_text(
        "columns: {order: commande, t: date, sku: sku, quantity: quantité, price: prix, channel: canal}\n"
        "channels: {site: web, 'appli*': app, amazon: marketplace}\n",
        encoding="utf-8",
    )
    _, scenario = brought("orders", tmp_path, {"orders.csv": CHANNELS}, mapping=str(mapping))
    assert [one["channel"] for one in lines(tmp_path)] == ["web", "app", "marketplace", ""]
    replay = scenario.compile().demand.replay
    assert replay is not None
    assert replay.channel[:3].tolist() == [Channel.WEB, Channel.APP, Channel.MARKETPLACE]
    assert replay.channel[3] in (Channel.WEB, Channel.APP), "france_siloed has no marketplace"
    fit = fit_history(tmp_path / "into" / "orders.csv", scenario)
    shares = fit["demand.online.channels"].value
    assert shares == pytest.approx({"web": 1 / 3, "app": 1 / 3, "marketplace": 1 / 3}, abs=1e-5)


def test_an_option_that_is_not_offered_shifts_no_other(tmp_path: Path) -> None:
    rows = ["1,2026-09-07 10:00,A,1,9,home_standard", "2,2026-09-07 11:00,A,1,9,collect"]
    text = "\n".join(["order,t,sku,quantity,price,option", *rows]) + "\n"
    _, scenario = brought("orders", tmp_path, {"orders.csv": text})
    shares = {"home_standard": 0.0, "home_j1": 0.0, "collect": 1.0}
    without = scenario.vary(
        "no home",
        {"options.home_standard.on": False, "demand.online": {"options": shares, "collect_within_km": 2000}},
    )
    world = without.compile()
    assert world.demand.replay is not None
    keys = [world.options[option].key for option in world.demand.replay.option.tolist()]
    assert keys == ["collect", "collect"], "the first is drawn anew: what it wanted is not offered"
