"""The alternatives of a study: which scenario runs under which policy, and what the pair is called."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from orchestrion.errors import InputError, OrchestrionError, StudyError, UnknownName
from orchestrion.experiments.identity import cell_key, digest, policy_identity, policy_name, policy_text, source_of
from orchestrion.experiments.store import Cell
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.scenarios import Scenario, load_scenario


@dataclass(frozen=True, slots=True)
class Alternative:
    """One (scenario, policy) pair of a study.

    Attributes
    ----------
    label
        The scenario's name when its own default policy runs, else "scenario · policy".
    policy_text
        The policy as people write it: name, and parameters that differ from their defaults.
    own_policy
        Whether the policy is the scenario's default.
    source
        The code of a policy that does not come with Orchestrion, where it could be had.
    document
        The scenario document, resolved in full.
    """

    label: str
    scenario: str
    policy_text: str
    policy_name: str
    title: str
    description: str
    own_policy: bool
    scenario_hash: str
    policy_hash: str
    source: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def cell(self, seed: int, replication: int, version: str) -> Cell:
        """One replication of it."""
        return Cell(
            scenario=self.scenario,
            scenario_hash=self.scenario_hash,
            policy=self.policy_text,
            policy_hash=self.policy_hash,
            seed=seed,
            replication=replication,
            key=cell_key(self.scenario_hash, self.policy_hash, seed, replication, version),
            version=version,
        )


@dataclass(frozen=True, slots=True)
class Runnable:
    """An alternative with the scenario and the policy themselves."""

    about: Alternative
    scenario: Scenario
    policy: object


ScenarioLike = Scenario | str | os.PathLike[str]
EVERY = "all"
PolicyLike = str | Mapping[str, Any] | object


def scenarios_of(scenarios: ScenarioLike | Iterable[ScenarioLike]) -> list[Scenario]:
    """Scenarios from scenarios, file names or names of bundled ones."""
    several = [scenarios] if isinstance(scenarios, Scenario | str | os.PathLike) else list(scenarios)
    if not several:
        raise StudyError('no scenario to run; name one, such as "france_siloed"')
    found = []
    for one in several:
        scenario = load_scenario(os.fspath(one)) if isinstance(one, str | os.PathLike) else one
        if not hasattr(scenario, "compile"):
            raise StudyError(f"{one!r} is no scenario; give one, or the name of its file")
        found.append(scenario)
    return found


def policy_of(policy: PolicyLike) -> object:
    """A policy value from a name, a mapping of name and parameters, or a value.

    Raises
    ------
    StudyError
        For a class in place of a value, or something that cannot decide.
    """
    if isinstance(policy, str):
        return make_policy({"name": policy})
    if isinstance(policy, Mapping):
        return make_policy(dict(policy))
    if isinstance(policy, type):
        raise StudyError(f"{policy.__name__} is a class; a study needs a policy value: write {policy.__name__}()")
    if not callable(getattr(policy, "start", None)):
        raise StudyError(f"{policy!r} is no sourcing policy: it has no start(view, streams)")
    return policy


def policy_of_text(text: str) -> object:
    """A policy from the way it is written for people: `nearest(within_km=50.0)`.

    Raises
    ------
    StudyError
        For a text that does not name a policy that is known here, with plain parameters.
    """
    try:
        call = ast.parse(text, mode="eval").body
        if isinstance(call, ast.Name):
            return make_policy({"name": call.id})
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError
        values = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
        return make_policy({"name": call.func.id, **values})
    except (ValueError, SyntaxError, TypeError, OrchestrionError) as error:
        raise StudyError(f"{text}: cannot be made again from its name; give the policy itself") from error


def policies_of(policies: PolicyLike | Sequence[PolicyLike] | None) -> list[object] | None:
    """Policy values; None when each scenario runs its own. "all" stands for every policy known that needs no more."""
    if policies is None:
        return None
    if isinstance(policies, str | Mapping) or not isinstance(policies, list | tuple):
        policies = [policies]
    if not policies:
        raise StudyError("no policy to run; leave `policies` out to run each scenario's own")
    found: list[object] = []
    for policy in policies:
        found += every_policy() if isinstance(policy, str) and policy == EVERY else [policy_of(policy)]
    return found


def every_policy() -> list[object]:
    """Every registered sourcing policy with its default parameters; those that have none for some are left out."""
    found: list[object] = []
    for name in sourcing_policies.names():
        with suppress(InputError):
            found.append(make_policy({"name": name}))
    return found


def pairs(scenarios: Sequence[Scenario], policies: Sequence[object] | None) -> list[Runnable]:
    """Every scenario under every policy, in the order given, each pair once.

    Raises
    ------
    StudyError
        When two different pairs would be called the same.
    """
    found: dict[str, Runnable] = {}
    for scenario in scenarios:
        own = policies is None
        for policy in [make_policy(scenario.policy)] if policies is None else policies:
            about = _about(scenario, policy, own)
            known = found.get(about.label)
            if known is not None and (known.about.scenario_hash, known.about.policy_hash) != (
                about.scenario_hash,
                about.policy_hash,
            ):
                raise StudyError(
                    f"two alternatives are called {about.label!r}; give the varied scenario another name, "
                    "or the policies different parameters"
                )
            found.setdefault(about.label, Runnable(about, scenario, policy))
    return list(found.values())


def _about(scenario: Scenario, policy: object, own: bool) -> Alternative:
    text = policy_text(policy)
    return Alternative(
        label=scenario.name if own else f"{scenario.name} · {text}",
        scenario=scenario.name,
        policy_text=text,
        policy_name=policy_name(policy),
        title=scenario.title if own else f"{scenario.title} · {text}",
        description=scenario.description,
        own_policy=own,
        scenario_hash=scenario.hash,
        policy_hash=digest(policy_identity(policy)),
        source=source_of(policy),
    )


def matched(baseline: str, alternatives: Sequence[Alternative]) -> dict[str, str]:
    """Which alternative each one is compared with: label -> label of its baseline.

    Parameters
    ----------
    baseline
        A label: all are compared with that one. A policy: within each scenario. A scenario: within each policy.

    Raises
    ------
    UnknownName
        If nothing in the study is called so; the message lists near names.

    >>> def pair(s, p): return Alternative(f"{s} · {p}", s, p, p, "", "", False, s, p)
    >>> study = [pair("calm", "nearest"), pair("calm", "milp"), pair("rush", "nearest"), pair("rush", "milp")]
    >>> matched("calm · milp", study)["rush · nearest"], matched("nearest", study)["rush · milp"]
    ('calm · milp', 'rush · nearest')
    >>> matched("calm", study)["rush · milp"]
    'calm · milp'
    """
    labels = [one.label for one in alternatives]
    if baseline in labels:
        return dict.fromkeys(labels, baseline)
    by_policy = {
        one.scenario: one.label for one in reversed(alternatives) if baseline in (one.policy_text, one.policy_name)
    }
    if by_policy:
        return {one.label: by_policy[one.scenario] for one in alternatives if one.scenario in by_policy}
    by_scenario = {one.policy_hash: one.label for one in reversed(alternatives) if one.scenario == baseline}
    if by_scenario:
        return {one.label: by_scenario[one.policy_hash] for one in alternatives if one.policy_hash in by_scenario}
    parts = [name for one in alternatives for name in (one.policy_text, one.scenario)]
    known = list(dict.fromkeys([*labels, *parts]))
    near = get_close_matches(baseline, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise UnknownName(f"no alternative of this study is called {baseline!r}{hint} Known: {', '.join(labels)}.")
