"""One tree of errors: each says where, what value, which rule, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class OrchestrionError(Exception):
    """Whatever Orchestrion itself refuses to do; the CLI prints it without a traceback and exits with 2."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in somebody's file.

    `where` is the path inside the document (`nodes.store_07.opens`), `rule` says what must hold and how to mend it.
    """

    file: str
    line: int | None
    where: str
    value: str
    rule: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        shown = f"{self.where} = {self.value}: " if self.value else f"{self.where}: " if self.where else ""
        return f"{place}: {shown}{self.rule}"


class InputError(OrchestrionError):
    """Bad input: all problems found, together, so that one round of mending is enough."""

    # pickled across worker processes as type(e)(*e.args): every field stays in args
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Together:
    """Gathers what is wrong with pieces of input that do not depend on each other, so that it is told in one go.

    >>> together = Together()
    >>> for name in ("a.csv", "b.csv"):
    ...     with together:
    ...         raise InputError([Problem(name, None, "", "", "is empty.")])
    >>> together.tell()
    Traceback (most recent call last):
    orchestrion.errors.InputError: a.csv: is empty.
    b.csv: is empty.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> Together:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, InputError):
            return False
        self.problems += [problem for problem in error.problems if problem not in self.problems]
        return True

    def tell(self) -> None:
        """Raise all that was gathered; nothing happens where nothing was."""
        if self.problems:
            raise InputError(self.problems)


class PlanError(OrchestrionError):
    """A policy promised what is not there: the engine never repairs a plan, it stops."""


class LedgerError(OrchestrionError):
    """A fact that may not happen, such as stock below zero or an order going backwards in its life."""


class SolverError(OrchestrionError):
    """The solver answered nothing usable and no fallback was allowed."""


class StudyError(OrchestrionError):
    """A study folder cannot be read or written as asked; what was there before is intact."""


class QueryError(OrchestrionError):
    """A question in SQL that cannot be answered; the message is the database's, which points at the place."""


class UnknownName(OrchestrionError):
    """A name that no registry knows; the message lists near ones."""
