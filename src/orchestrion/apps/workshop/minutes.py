"""The minutes: what was decided, at whose prices, against which objections, and all it takes to do it again.

One page that needs no network, in the look of the report; printed to PDF by the same browser.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Any, cast

from orchestrion import __version__
from orchestrion.apps.workshop.minutes_words import WORDS
from orchestrion.apps.workshop.played import Played
from orchestrion.apps.workshop.room import Room
from orchestrion.apps.workshop.session import Session, Trial
from orchestrion.apps.workshop.standings import Opinion
from orchestrion.apps.workshop.trial_run import changed
from orchestrion.apps.workshop.views import outcome, predictions
from orchestrion.domain.view import SourcingPolicy
from orchestrion.errors import OrchestrionError
from orchestrion.experiments.inference import paired, student
from orchestrion.kpis import UNITS, kpis
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.reports.formats import Format
from orchestrion.reports.html import style
from orchestrion.reports.pdf import print_page
from orchestrion.reports.words import Words
from orchestrion.scenarios.rules_out import in_rules, rules_document


def minutes(room: Room, lang: str = "en", *, today: date | None = None, trials: Path | None = None) -> str:
    """The minutes as a page.

    Parameters
    ----------
    trials
        Where the trials' studies are, to name them.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("orchestrion.apps.workshop", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    told = _Minutes(room, lang, trials)
    return str(
        environment.get_template("minutes.html.j2").render(
            t=told.words, lang=lang, version=__version__, style=Markup(style()),
            today=told.fmt.date(today or date.today()), **told.content(),
        )
    )  # fmt: skip


def minutes_pdf(room: Room, path: Path, lang: str = "en", *, trials: Path | None = None) -> Path:
    """The same on paper.

    Raises
    ------
    StudyError
        When there is no Chromium to print with.
    """
    return print_page(minutes(room, lang, trials=trials), path)


class _Minutes:
    def __init__(self, room: Room, lang: str, trials: Path | None) -> None:
        self.room, self.lang, self.trials = room, lang, trials
        self.board, self.session = room.board, room.session
        self.words, self.fmt = Words(lang, WORDS), Format(lang)
        self.names = {one.key: one.label[lang] for one in DEPARTMENTS}
        self.criteria = {one.key: one.per[lang] for one in self.board.criteria}

    # -- small writing -------------------------------------------------------------------------------------------

    def alternative(self, label: str) -> str:
        """An alternative's name for people."""
        return self.board.reading.of(label).name if label in self.session.terms.labels else label

    def euros(self, value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return "–"
        return f"{self.fmt.number(value, _decimals(value))}\u00a0€"

    def measured(self, measure: str, value: float) -> str:
        one = self.board.measures[measure]
        return f"{self.fmt.number(value * one.times, one.decimals)}\u00a0{one.unit[self.lang]}"

    def spread(self, kpi: str, values: Sequence[float]) -> str:
        finite = [one for one in values if math.isfinite(one)]
        if not finite:
            return "–"
        unit, found = UNITS[kpis[kpi].unit], student(finite)
        text = self.fmt.number(found.mean * unit.times, unit.decimals)
        return f"{text}\u00a0±\u00a0{self.fmt.number(found.half * unit.times, unit.decimals)}"

    # -- the parts -----------------------------------------------------------------------------------------------

    def content(self) -> dict[str, Any]:
        session, manifest = self.session, self.board.study.manifest
        opinions = self.room.opinions() if session.revealed else []
        return {
            "title": str(manifest.get("title") or "") or self.board.study.path.name,
            "question": str(manifest.get("question") or ""),
            **self._decision(),
            "present": self._present(),
            "gives_up": self._gives_up(opinions),
            "weights": self._weights(opinions),
            "red_lines": self._red_lines(session),
            "parted": self._parted(),
            "replications": len(self.board.weighable.replications),
            "results": self._results(),
            "trials": [self._trial(one) for one in session.trials if one.done and session.revealed],
            "guesses": self._guesses(),
            "contested": self._contested(),
            "rules": self._rules(),
            "study": str(self.board.study.path),
            "reproduce": self._reproduce(),
            "commands": self._commands(),
            "log": self._log(),
            "document": self._document(),
        }

    def _decision(self) -> dict[str, Any]:
        session, found = self.session, outcome(self.session)
        label = session.proposal
        counts, everybody = found["counts"], len(session.present)
        decided = self.words(f"state_{found['state']}", missing=found["missing"], all=everybody)
        spoken = [
            {"choice": said.choice, "reason": said.reason, "name": by.name, "department": self.names[by.department]}
            for by in session.here
            if (said := session.consents.get(by.id)) is not None and said.reason
        ]
        says = ""
        if label in session.terms.labels:
            says = self.board.study[label].description
        return {
            "state": found["state"],
            "proposal": None if label is None else {"name": self.alternative(label), "says": says},
            "decided": decided,
            "counted": self.words("counts", **counts) if sum(counts.values()) else "",
            "objections": [one for one in spoken if one["choice"] == "object"],
            "reservations": [one for one in spoken if one["choice"] != "object"],
        }

    def _present(self) -> list[list[str]]:
        session = self.session
        said = outcome(session)["departments"]
        rows = []
        for key, name in self.names.items():
            mine = [one for one in session.here if one.department == key]
            names = [self.words("by_code", name=one.name) if one.by_code else one.name for one in mine]
            asked = any(not one.by_code for one in mine)  # who sent a code is not asked, so cannot be silent
            says = self.words(said[key] or "silent") if asked else "–"
            rows.append([name, self.fmt.join(names) or self.words("nobody"), says])
        return rows

    def _gives_up(self, opinions: Sequence[Opinion]) -> list[list[str]]:
        label = self.session.proposal
        if label is None or not opinions or label not in [row.label for row in opinions[0].rows]:
            return []
        rows = []
        for one in opinions:
            if one.voices:
                row = one.of(label)
                crossed = [
                    self.words(
                        "pair", a=self.board.measures[c.measure].label[self.lang], b=self.measured(c.measure, c.value)
                    )
                    for c in row.crossings
                ]
                best = self.alternative(one.preferred) + ("" if one.sure else f" ({self.words('noise')})")
                rows.append([
                    self.names[one.department], best, self.euros(row.regret), self.fmt.percent(row.share, 0),
                    self.fmt.join(crossed) or self.words("none"),
                ])  # fmt: skip
        return rows

    def _weights(self, opinions: Sequence[Opinion]) -> list[list[str]]:
        priced = [key for key in self.criteria if any(key in one.prices for one in opinions)]
        if not priced:
            return []
        head = [self.words("criterion"), *(self.names[one.department] for one in opinions)]
        return [head, *([self.criteria[key], *(self.euros(one.prices.get(key)) for one in opinions)] for key in priced)]

    def _red_lines(self, session: Session) -> list[str]:
        told = []
        for key, limits in (self.room.judged()["red_lines"] if session.revealed else {}).items():
            for measure, limit in limits.items():
                one = self.board.measures[measure]
                how = self.words(f"at_{one.side}", limit=self.measured(measure, limit))
                told.append(self.words("pair", a=self.names[key], b=f"{one.label[self.lang]}, {how}"))
        return told

    def _parted(self) -> list[str]:
        if not self.session.revealed:
            return []
        told = []
        for pair in self.room.judged()["disagreement"]["pairs"]:
            wants = [self.alternative(one) for one in pair["wants"]]
            a, b = self.names[pair["a"]], self.names[pair["b"]]
            text = self.words("parted", a=a, b=b, la=wants[0], lb=wants[1])
            why = pair["driver"]
            if why["kind"] == "weight":
                key = "driven_alone" if why["alone"] else "driven"
                pa, pb = (self.euros(price) for price in why["prices"])
                text += " " + self.words(key, what=self.criteria[why["criterion"]], pa=pa, pb=pb)
            elif why["kind"] == "red_line":
                text += " " + self.words("driven_line", what=self.board.measures[why["measure"]].label[self.lang])
            told.append(text)
        return told

    def _results(self) -> list[list[str]]:
        if not self.session.revealed:
            return []
        shown = [card.key for card in self.board.reading.headline]
        head = [self.words("alternative")]
        head += [f"{kpis[key].label[self.lang]} [{UNITS[kpis[key].unit].label[self.lang]}]" for key in shown]
        rows = [
            [self.alternative(one.label), *(self.spread(k, list(one.measures.get(k, {}).values())) for k in shown)]
            for one in self.room.table()
        ]
        return [head, *rows]

    def _trial(self, one: Trial) -> list[str]:
        played = self.room.played.get(one.id)
        against = "–"
        if played is not None:
            base = next(other for other in self.board.played if other.label == one.base)
            against = self._over(played, base)
        written = "; ".join(self._change(path, value) for path, value in one.changes.items())
        return [one.label, self.alternative(one.base), written, self.fmt.number(one.done), against]

    def _change(self, path: str, value: Any) -> str:
        """A change in words, and as the document has it."""
        if path == "policy":
            rule = next(one for one in self.board.rules if one["name"] == value["name"])
            parts = [
                self.words("pair", a=one["title"][self.lang], b=self._figure(value[one["name"]], one))
                for one in rule["parameters"]
                if one["name"] in value
            ]
            return self.fmt.join([f"{rule['title'][self.lang]} ({rule['name']})", *parts])
        lever = next(one for one in self.board.levers if one["path"] == path)
        return self.words("pair", a=f"{lever['name'][self.lang]} ({path})", b=self._figure(value, lever))

    def _figure(self, value: Any, about: Mapping[str, Any]) -> str:
        """A number or a switch of a scenario, as the pages show it."""
        if isinstance(value, bool):
            return self.words.product("value", "true" if value else "false")
        shown = round(value * about["times"], 10)
        unit = about["single" if shown == 1 else "unit"][self.lang]
        decimals = 0 if shown == round(shown) else min(4, len(f"{shown:g}".partition(".")[2]))
        return f"{self.fmt.number(shown, decimals)}\u00a0{unit}".strip()

    def _over(self, one: Played, base: Played) -> str:
        mine, theirs = one.scores({}), base.scores({})
        shared = [r for r in mine if r in theirs]
        found = paired([mine[r] for r in shared], [theirs[r] for r in shared])
        sign = self.fmt.number(found.mean, 0, signed=True)
        return f"{sign}\u00a0±\u00a0{self.fmt.number(found.half, 0)}\u00a0€"

    def _guesses(self) -> list[list[str]]:
        rows = []
        for one in predictions(self.session) if self.session.revealed else []:
            unit = UNITS[kpis[one["kpi"]].unit]
            guess = self.fmt.number(one["median"] * unit.times, unit.decimals)
            found = self.spread(one["kpi"], list(self.board.values(one["kpi"], one["label"]).values()))
            kpi = f"{kpis[one['kpi']].label[self.lang]} [{unit.label[self.lang]}]"
            rows.append([self.names[one["department"]], kpi, self.alternative(one["label"]), guess, found])
        return rows

    def _contested(self) -> list[list[str]]:
        known = {one["path"]: one for one in self.board.assumptions}
        rows = []
        for said in self.session.contests:
            one, by = known[said.assumption], self.session.participants[said.who]
            value = self._figure(one["value"], one)
            words = f"{said.text} ({by.name}, {self.names[by.department]})"
            rows.append([f"{one['description'][self.lang]} ({one['path']})", value, one["source"][self.lang], words])
        return rows

    # -- what was chosen, to be run again ------------------------------------------------------------------------

    def _chosen(self) -> tuple[Any, Any] | None:
        """Scenario and policy of the proposal; None where they cannot be made again from the folder."""
        label = self.session.proposal
        if label is None:
            return None
        try:
            trial = next((one for one in self.session.trials if one.label == label), None)
            if trial is None:
                runnable = self.board.study.runnable(label)
                return runnable.scenario, runnable.policy
            scenario, policies = changed(self.board.study, trial.base, trial.changes, trial.id, trial.label)
            if policies:
                return scenario, policies[0]
            from orchestrion.policies.sourcing import make_policy

            return scenario, make_policy(scenario.policy)
        except OrchestrionError:
            return None

    def _rules(self) -> dict[str, Any] | None:
        found = self._chosen()
        label = self.session.proposal
        if found is None or label is None:
            return None
        study = self.board.study.path
        trial = next((one for one in self.session.trials if one.label == label), None)
        where = study if trial is None or self.trials is None else self.trials / trial.id
        policy = f" --policy {quote(label)}" if trial is None else ""
        command = f"orchestrion export-rules {quote(str(where))}{policy} --for d365"
        said = in_rules(cast(SourcingPolicy, found[1]))
        if said is None or not said.exact:
            return {"says": self.words("rules_near", command=command), "json": ""}
        about = {"study": study.name, "alternative": label, "scenario": found[0].name}
        written = json.dumps(rules_document(said.policy, about), indent=2, ensure_ascii=False)
        return {"says": self.words("rules_exact", command=command), "json": written}

    def _document(self) -> str:
        found = self._chosen()
        return "" if found is None else str(found[0].to_yaml())

    def _reproduce(self) -> list[list[str]]:
        study = self.board.study
        rows = [
            [self.words("seed"), str(study.seed)],
            [self.words("replications"), str(study.replications)],
            [self.words("engine"), str(study.manifest.get("engine", "–"))],
        ]
        found = self._chosen()
        if found is not None:
            rows.append([self.words("scenario_hash"), str(found[0].hash)])
        return rows

    def _commands(self) -> list[tuple[str, str]]:
        study = self.board.study
        told = [(self.words("reproduce_study"), f"orchestrion repeat {quote(str(study.path))} --out again")]
        trial = next((one for one in self.session.trials if one.label == self.session.proposal), None)
        if trial is not None and self.trials is not None:
            again = f"orchestrion repeat {quote(str(self.trials / trial.id))} --out again_{trial.id}"
            told.append((self.words("reproduce_trial"), again))
        where = f"{quote(str(study.path))} --state {quote(str(self.room.book.path))}"
        told.append((self.words("reproduce_page"), f"orchestrion workshop {where}"))
        return told

    def _log(self) -> str:
        events = list(self.room.book.events())
        hashed = hashlib.sha256()
        for one in events:
            line: Mapping[str, Any] = {"at": one.at, "who": one.who, "kind": one.kind, "body": dict(one.body)}
            hashed.update(json.dumps(line, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        return self.words("log", n=len(events), hash=hashed.hexdigest())


def _decimals(value: float) -> int:
    """Two figures that matter at least, no cents on thousands."""
    return 0 if value == 0 or abs(value) >= 100 else 2
