"""The small language of studies: ``re74 == 0``, ``treat in [0, 1]``, ``log1p(income / size)``.

An expression is parsed with :mod:`ast` and interpreted here, node by node, from a closed list: names of variables,
numbers, texts, arithmetic, comparisons, ``and``/``or``/``not``, ``in`` and five functions. Nothing else can run.
A missing value stays missing: a comparison with a missing value is missing, and ``and``/``or`` follow Kleene's logic.
"""

import ast
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.spelling import listing, suggestion
from dampak.errors import ConfigError

MISSING = float("nan")
Numbers = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Value = Numbers | Texts

_FUNCTIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "log": np.log,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Numbers, Numbers], Numbers]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Value, Value], npt.NDArray[np.bool_]]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
ALLOWED = (
    "arithmetic (+ - * / // % **), comparisons, and/or/not, in [..], numbers, texts and "
    "the functions log, log1p, exp, sqrt, abs"
)


def parse(expression: str, *, where: str) -> ast.expr:
    """Parse an expression and refuse whatever is not in the language.

    Parameters
    ----------
    expression : str
        For instance ``"re74 == 0"``.
    where : str
        Start of the sentence if it is refused, such as ``"config/studies/x.yaml: covariates: u74"``.

    Raises
    ------
    ConfigError
        If it is not an expression, or uses something outside the language.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(
            f"{where}: {expression!r} is not an expression; write for instance 're74 == 0', with {ALLOWED}"
        ) from error
    _refuse_foreign(tree, expression, where)
    return tree


def _refuse_foreign(node: ast.expr, expression: str, where: str) -> None:
    """Walk the tree and raise at the first node that the language does not have."""
    parts: list[ast.expr]
    match node:
        case ast.Name():
            return
        case ast.Constant(value=int() | float() | str()):
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
            parts = [left, right]
        case ast.BoolOp(values=values):
            parts = values
        case ast.Compare(left=left, ops=operators, comparators=comparators):
            parts = [left]
            for relation, other in zip(operators, comparators, strict=True):
                if isinstance(relation, ast.In | ast.NotIn) and isinstance(other, ast.List | ast.Tuple):
                    parts.extend(other.elts)
                elif type(relation) in _COMPARISONS:
                    parts.append(other)
                else:
                    raise _foreign(node, expression, where)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            parts = [argument]
        case _:
            raise _foreign(node, expression, where)
    for part in parts:
        _refuse_foreign(part, expression, where)


def _foreign(node: ast.expr, expression: str, where: str) -> ConfigError:
    """Sentence that names the part of an expression which is not in the language."""
    part = ast.get_source_segment(expression.strip(), node) or expression
    return ConfigError(f"{where}: {part!r} in {expression!r} is not allowed; use {ALLOWED}")


def names_in(expression: str, *, where: str = "expression") -> list[str]:
    """List the variables that an expression uses, each once, in order of first appearance."""
    found: dict[str, None] = {}

    def collect(node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            found[node.id] = None
        for child in [node.args[0]] if isinstance(node, ast.Call) else ast.iter_child_nodes(node):
            collect(child)

    collect(parse(expression, where=where))
    return list(found)


def evaluate(expression: str, frame: pd.DataFrame, *, where: str) -> Numbers:
    """Evaluate an expression on a canonical table.

    Parameters
    ----------
    expression : str
        In the language of this module.
    frame : (n, p) DataFrame
        Numeric columns (float64) and text columns (object, ``None`` where missing).
    where : str
        Start of the sentence if something is wrong.

    Returns
    -------
    (n,) float64
        Comparisons give 1.0, 0.0 or NaN. A domain error (``log(0)``) is *not* raised here: it shows as inf or NaN.

    Raises
    ------
    ConfigError
        If a name is not a column, or a text meets a number.
    """
    tree = parse(expression, where=where)
    columns = [str(column) for column in frame.columns]
    for name in names_in(expression, where=where):
        if name not in columns:
            raise ConfigError(
                f"{where}: {expression!r} uses {name!r}, which is not a variable of the codebook"
                f"{suggestion(name, columns)}; the variables are {listing(columns)}"
            )
    with np.errstate(all="ignore"):
        value = _Interpreter(frame, expression, where).value(tree)
    if value.dtype == object:
        raise ConfigError(
            f"{where}: {expression!r} is a text, a number was expected; compare it with a value, for instance"
            f" '{expression} == \"A\"'"
        )
    return np.broadcast_to(value, (len(frame),)).astype(np.float64)


class _Interpreter:
    """Evaluation of one parsed expression on one table; constants stay 0-dimensional until they meet a column."""

    def __init__(self, frame: pd.DataFrame, expression: str, where: str) -> None:
        self.frame, self.expression, self.where = frame, expression, where

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=name):
                return self._column(name)
            case ast.Constant(value=str() as text):
                return np.array(text, dtype=object)
            case ast.Constant(value=int() | float() as constant):
                return np.array(float(constant))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _where_known(self._number(operand) == 0, self._number(operand))
            case ast.UnaryOp(op=operator, operand=operand):
                number = self._number(operand)
                return -number if isinstance(operator, ast.USub) else number
            case ast.BinOp(left=left, op=arithmetic, right=right):
                return np.asarray(_ARITHMETIC[type(arithmetic)](self._number(left), self._number(right)))
            case ast.BoolOp(op=connective, values=parts):
                return _kleene([self._number(part) for part in parts], all_of=isinstance(connective, ast.And))
            case ast.Compare(left=left, ops=operators, comparators=comparators):
                links, this = [], left
                for relation, other in zip(operators, comparators, strict=True):
                    links.append(self._compare(this, relation, other))
                    this = other
                return links[0] if len(links) == 1 else _kleene(links, all_of=True)
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return np.asarray(_FUNCTIONS[name](self._number(argument)))
            case _:  # parse() has refused every other node
                raise AssertionError(ast.dump(node))

    def _column(self, name: str) -> Value:
        column = self.frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
        return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)

    def _number(self, node: ast.expr) -> Numbers:
        value = self.value(node)
        if value.dtype == object:
            part = ast.get_source_segment(self.expression.strip(), node)
            raise ConfigError(
                f"{self.where}: {part!r} in {self.expression!r} is a text, a number was expected;"
                " compare it with a value in quotes, or declare it as a number in the codebook"
            )
        return np.asarray(value, dtype=np.float64)

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Numbers:
        if isinstance(operator, ast.In | ast.NotIn):
            assert isinstance(right, ast.List | ast.Tuple)  # parse() has seen to it
            matches = [self._compare(left, ast.Eq(), element) for element in right.elts]
            found = _kleene([_where_known(np.zeros(()), self.value(left)), *matches], all_of=False)
            return found if isinstance(operator, ast.In) else _where_known(found == 0, found)
        a, b = self.value(left), self.value(right)
        if (a.dtype == object) != (b.dtype == object):
            raise ConfigError(
                f"{self.where}: {self.expression!r} compares a text with a number, which is never equal;"
                " put the value in quotes, or declare the variable as a number in the codebook"
            )
        unknown = _missing(a) | _missing(b)
        if a.dtype == object:
            # Missing texts are compared as "" only to keep NumPy from ordering None; the result is masked below.
            a, b = np.where(_missing(a), "", a), np.where(_missing(b), "", b)
        outcome = np.asarray(_COMPARISONS[type(operator)](a, b)).astype(np.float64)
        return np.where(unknown, MISSING, outcome)


def _missing(value: Value) -> npt.NDArray[np.bool_]:
    """Where a value is missing."""
    return np.asarray(pd.isna(value))


def _where_known(outcome: npt.ArrayLike, operand: Value) -> Numbers:
    """A true/false result as 1.0/0.0, missing where its operand is."""
    return np.where(_missing(operand), MISSING, np.asarray(outcome, dtype=np.float64))


def _kleene(parts: list[Numbers], *, all_of: bool) -> Numbers:
    """Kleene's ``and`` (``all_of``) or ``or``: false decides an ``and``, true an ``or``, else missing spreads."""
    unknown = np.zeros((), dtype=np.bool_)
    decided = np.zeros((), dtype=np.bool_)
    for part in parts:
        unknown = unknown | np.isnan(part)
        decided = decided | ((part == 0) if all_of else ((part != 0) & ~np.isnan(part)))
    open_result = np.where(unknown, MISSING, 1.0 if all_of else 0.0)
    return np.where(decided, 0.0 if all_of else 1.0, open_result)
