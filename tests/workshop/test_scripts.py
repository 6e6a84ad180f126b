"""What the pages' scripts work out, run by themselves: numbers as people type them, and the order of what is sent."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import orchestrion.apps.workshop

STATIC = Path(orchestrion.apps.workshop.__file__).parent / "static"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node.js on this machine")
PAGE = """
globalThis.document = {
  getElementById: () => ({ textContent: '{"en": {}, "fr": {}}' }), documentElement: { lang: "en" },
  addEventListener() {},
};
globalThis.addEventListener = () => {};
globalThis.matchMedia = () => ({ matches: false });
globalThis.setInterval = () => 0;
globalThis.WebSocket = { OPEN: 1 };
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts") / "static"
    shutil.copytree(STATIC, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def run(folder: Path, code: str) -> Any:
    (folder / "asked.js").write_text(PAGE + code)
    done = subprocess.run([str(NODE), "asked.js"], cwd=folder, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_numbers_are_read_as_people_of_the_page_s_language_write_them(scripts: Path) -> None:
    asked = {
        ("12,000", "en"): 12_000, ("12,000", "fr"): 12, ("12 000", "fr"): 12_000, ("12\u202f000,5", "fr"): 12_000.5,
        ("1,234,567.5", "en"): 1_234_567.5, ("-12,000", "en"): -12_000, ("\u22123", "fr"): -3, ("1,5", "en"): 1.5,
        ("0,125", "en"): 0.125, ("12,0000", "en"): 12, ("1.5", "fr"): 1.5, (" 7 ", "en"): 7, (".5", "en"): 0.5,
        ("12,50 €", "fr"): 12.5, ("1000,000", "en"): 1000, ("1,2,3", "en"): None, ("1,2.3", "fr"): None,
        ("", "en"): None, ("ten", "en"): None, ("0x10", "en"): None, ("Infinity", "en"): None, ("1e999", "en"): None,
    }  # fmt: skip
    code = f"""
    const {{ readNumber }} = await import("./words.js");
    console.log(JSON.stringify({json.dumps(list(asked))}.map(([text, lang]) => readNumber(text, lang))));
    """
    assert dict(zip(asked, run(scripts, code), strict=True)) == asked


def test_of_two_things_about_the_same_the_second_leaves_when_the_first_has_arrived(scripts: Path) -> None:
    code = """
    const { Wire } = await import("./wire.js");
    const wire = new Wire("token", "en"), sent = [];
    wire.ready = true;
    wire.socket = { readyState: 1, send: (text) => sent.push(JSON.parse(text)) };
    wire.say({ n: 1 }, "price");
    wire.say({ n: 2 }, "price");
    wire.say({ n: 3 }, "line");
    wire.say({ n: 4 });
    wire.say({ n: 5 });
    const before = sent.map((one) => one.n);
    wire.take({ kind: "done", id: sent[0].id });
    console.log(JSON.stringify([before, sent.map((one) => one.n)]));
    """
    before, after = run(scripts, code)
    assert before == [1, 3, 4, 5]
    assert after == [1, 3, 4, 5, 2]


def test_a_hint_names_first_what_weighs_more(scripts: Path) -> None:
    code = """
    const { suggested } = await import("./steps/pairs.js");
    console.log(JSON.stringify([suggested({ a: "x", b: "y", times: 3 }), suggested({ a: "x", b: "y", times: 0.25 })]));
    """
    assert run(scripts, code) == [{"more": "x", "less": "y", "times": 3}, {"more": "y", "less": "x", "times": 4}]


def test_drafts_of_one_link_are_not_those_of_another(scripts: Path) -> None:
    code = """
    const drafts = [];
    for (const role of ["f", "p"]) {
      globalThis.location = { pathname: `/${role}/${role.repeat(32)}` };
      const { App } = await import("./app.js");
      drafts.push(new App("participant", () => null).drafts);
    }
    drafts[0].set("name", "Anna");
    console.log(JSON.stringify(drafts.map((one) => one.get("name"))));
    """
    assert run(scripts, code) == ["Anna", ""]


def test_a_number_stands_with_its_unit_as_each_language_writes_it(scripts: Path) -> None:
    share = {"unit": {"en": "% of net price", "fr": "% du prix net"}, "times": 100}
    weeks = {"unit": {"en": "weeks", "fr": "semaines"}, "single": {"en": "week", "fr": "semaine"}, "times": 1}
    fee = {"unit": {"en": "€ an hour", "fr": "€ par heure"}, "times": 1}
    cost = {"unit": {"en": "€ per order", "fr": "€ par commande"}, "times": 1, "decimals": 2}
    code = f"""
    const {{ speech, written, quantity }} = await import("./words.js");
    const found = {{}};
    for (const lang of ["en", "fr"]) {{
      speech.lang = lang;
      found[lang] = [written(0.58, {json.dumps(share)}), written(1, {json.dumps(weeks)}),
        written(0, {json.dumps(weeks)}), written(-3.5, {json.dumps(fee)}),
        quantity({json.dumps(cost)}, 7.5), written([1, 0.125])];
    }}
    console.log(JSON.stringify(found));
    """
    assert run(scripts, code) == {
        "en": ["58% of net price", "1\u00a0week", "0\u00a0weeks", "−€3.50 an hour", "€7.50 per order", "1, 0.125"],
        "fr": ["58\u202f% du prix net", "1\u00a0semaine", "0\u00a0semaine", "−3,50\u00a0€ par heure",
               "7,50\u00a0€ par commande", "1, 0,125"],
    }  # fmt: skip
