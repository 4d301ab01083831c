"""Enough of Prometheus' queries to see which metrics one asks for, and whether an alert fires at one moment."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import promql_parser

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "==": operator.eq, "<=": operator.le, ">=": operator.ge, "!=": operator.ne,
}  # fmt: skip
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "/": operator.truediv, "*": operator.mul, "-": operator.sub, "+": operator.add,
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """:ivar name: of the metric"""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Selector:
    """What a query asks for.

    :ivar labels: that it compares
    """

    name: str
    labels: frozenset[str]


def parse(query: str) -> promql_parser.Expr:
    """:raises ValueError: where Prometheus would not take it"""
    return promql_parser.parse(re.sub(r"\$__\w+", "5m", query))


def selectors(query: str) -> set[Selector]:
    """Every metric in a query."""
    return {
        Selector(found.name or "", frozenset(matcher.name for matcher in found.matchers.matchers))
        for found in _walk(parse(query))
        if isinstance(found, promql_parser.VectorSelector)
    }


def groupings(query: str) -> set[str]:
    """The labels that a query groups or joins by."""
    labels: set[str] = set()
    for found in _walk(parse(query)):
        if isinstance(found, promql_parser.AggregateExpr) and found.modifier is not None:
            labels |= set(found.modifier.labels)
        if isinstance(found, promql_parser.BinaryExpr) and found.modifier and found.modifier.matching:
            labels |= set(found.modifier.matching.labels)
    return labels


def firing(query: str, samples: Sequence[Sample]) -> list[dict[str, str]]:
    """The labels of what an alert finds in values at one moment.

    :raises NotImplementedError: for what needs a range of time
    """
    found = _value(parse(query), samples)
    assert isinstance(found, dict), "an alert is a comparison"
    return [dict(labels) for labels in found]


def _walk(expression: promql_parser.Expr) -> Iterator[promql_parser.Expr]:
    yield expression
    parts = [getattr(expression, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    for part in (*parts, *getattr(expression, "args", ())):
        if part is not None:
            yield from _walk(part)


def _value(expression: promql_parser.Expr, samples: Sequence[Sample]) -> Vector | float:
    match expression:
        case promql_parser.NumberLiteral():
            return float(expression.val)
        case promql_parser.VectorSelector():
            return {
                frozenset(sample.labels.items()): sample.value
                for sample in samples
                if sample.name == expression.name
                and all(sample.labels.get(m.name, "") == m.value for m in expression.matchers.matchers)
            }
        case promql_parser.Call() if expression.func.name == "abs":
            (argument,) = expression.args
            found = _value(argument, samples)
            assert isinstance(found, dict)
            return {labels: abs(value) for labels, value in found.items()}
        case promql_parser.BinaryExpr():
            return _binary(expression, samples)
    raise NotImplementedError(str(expression))


def _binary(expression: promql_parser.BinaryExpr, samples: Sequence[Sample]) -> Vector:
    left, right = _value(expression.lhs, samples), _value(expression.rhs, samples)
    assert isinstance(left, dict)
    other = dict.fromkeys(left, right) if isinstance(right, float) else right
    pairs = {labels: (value, other[labels]) for labels, value in left.items() if labels in other}
    sign = str(expression.op)
    if sign in _COMPARISONS:
        return {labels: one for labels, (one, two) in pairs.items() if _COMPARISONS[sign](one, two)}
    return {labels: _ARITHMETIC[sign](one, two) for labels, (one, two) in pairs.items()}
