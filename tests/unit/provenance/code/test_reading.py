"""The canonical text changes with what code does, and with nothing else."""

import ast
import dis
import sys
from itertools import pairwise, product
from textwrap import dedent
from types import CodeType
from typing import Any

import pytest

from dampak.provenance.code.reading import read


def text(source: str) -> str:
    return read(ast.parse(dedent(source)).body, "").text


EQUAL = {
    "formatting": ("def f(x): return x+1", "def f(x):\n    # why\n    return (x + 1)"),
    "docstring": ('def f(x):\n    """Old."""\n    return x', 'def f(x):\n    """New."""\n    return x'),
    "only a docstring": ('def f(x):\n    """Old."""', "def f(x):\n    pass"),
    "docstring of a class": ('class A:\n    """Old."""\n    x = 1', "class A:\n    x = 1"),
    "annotations": ("def f(x: int = 1, *a: int, **k: str) -> int: return x", "def f(x=1, *a, **k): return x"),
    "annotation of a property": (
        "class A:\n    @property\n    def f(self) -> int: return 1",
        "class A:\n    @property\n    def f(self): return 1",
    ),
    "annotation of a local": ("def f(x):\n    y: int = x\n    return y", "def f(x):\n    y = x\n    return y"),
    "declaration of a local": ("def f(x):\n    y: int\n    y = x\n    return y", "def f(x):\n    y = x\n    return y"),
    "annotation of a constant": ("X: int = 1", "X = 1"),
    "annotation of an attribute": ("def f(s):\n    s.x: int = 1", "def f(s):\n    s.x = 1"),
    "for type checkers": ("if TYPE_CHECKING:\n    import a\nX = 1", "X = 1"),
    "assignment": ("def f(x):\n    y = x\n    return y", "def f(x):\n    z = x\n    return z"),
    "tuple": ("def f(x):\n    a, *b = x\n    return b, a", "def f(x):\n    c, *d = x\n    return d, c"),
    "augmented": ("def f():\n    a = 0\n    a += 1\n    return a", "def f():\n    b = 0\n    b += 1\n    return b"),
    "for": ("def f(x):\n    for i in x:\n        g(i)", "def f(x):\n    for j in x:\n        g(j)"),
    "with": ("def f(x):\n    with x as i:\n        g(i)", "def f(x):\n    with x as j:\n        g(j)"),
    "except": (
        "def f():\n    try:\n        g()\n    except E as e:\n        h(e)",
        "def f():\n    try:\n        g()\n    except E as error:\n        h(error)",
    ),
    "walrus": ("def f(x):\n    if y := x:\n        return y", "def f(x):\n    if z := x:\n        return z"),
    "walrus in a comprehension": (
        "def f(x):\n    a = [b := i for i in x]\n    return a, b",
        "def f(x):\n    q = [r := k for k in x]\n    return q, r",
    ),
    "comprehensions": (
        "def f(x): return [i for i in x], {j for j in x}, {k: v for k, v in x}, list(n for n in x if n)",
        "def f(x): return [a for a in x], {a for a in x}, {a: b for a, b in x}, list(a for a in x if a)",
    ),
    "nested comprehension": (
        "def f(x): return [j for i in x for j in i if j]",
        "def f(x): return [i for j in x for i in j if i]",
    ),
    "comprehension of a constant": ("X = [i for i in range(3)]", "X = [j for j in range(3)]"),
    "match": (
        "def f(x):\n    match x:\n        case [a, *b]: return a, b\n        case {'k': c, **d}: return c, d\n"
        "        case P(u=e) as g: return e, g",
        "def f(x):\n    match x:\n        case [m, *n]: return m, n\n        case {'k': o, **p}: return o, p\n"
        "        case P(u=q) as r: return q, r",
    ),
    "del": ("def f(x):\n    y = x\n    del y", "def f(x):\n    z = x\n    del z"),
    "use in a nested function": (
        "def f(x):\n    y = x\n    def g(): return y\n    return g",
        "def f(x):\n    z = x\n    def g(): return z\n    return g",
    ),
    "nonlocal": (
        "def f():\n    y = 0\n    def g():\n        nonlocal y\n        y += 1\n    return g, y",
        "def f():\n    z = 0\n    def g():\n        nonlocal z\n        z += 1\n    return g, z",
    ),
    "shadow in a nested function": (
        "def f():\n    y = 0\n    def g():\n        y = 1\n        return y\n    return g, y",
        "def f():\n    y = 0\n    def g():\n        z = 1\n        return z\n    return g, y",
    ),
    "use in the method of a local class": (
        "def f():\n    y = 0\n    class A:\n        def m(self): return y\n    return A",
        "def f():\n    z = 0\n    class A:\n        def m(self): return z\n    return A",
    ),
    "in a lambda": (
        "def f(x):\n    y = x\n    return lambda k: k + y",
        "def f(x):\n    z = x\n    return lambda k: k + z",
    ),
    "local query of another kind": (
        "def f(t, x):\n    far = t.query(x)\n    return far",
        "def f(t, x):\n    near = t.query(x)\n    return near",
    ),
}


@pytest.mark.parametrize("pair", EQUAL.values(), ids=EQUAL)
def test_what_changes_no_result_leaves_the_text_alone(pair: tuple[str, str]) -> None:
    assert text(pair[0]) == text(pair[1])


DIFFERENT = {
    "swap": ("def f(x):\n    a, b = x\n    return a - b", "def f(x):\n    a, b = x\n    return b - a"),
    "swap of targets": ("def f(x):\n    a, b = x\n    return a - b", "def f(x):\n    b, a = x\n    return a - b"),
    "one local for two": (
        "def f(x):\n    a = x\n    b = 1\n    return a",
        "def f(x):\n    a = x\n    a = 1\n    return a",
    ),
    "parameter": ("def f(x): return x", "def f(y): return y"),
    "order of parameters": ("def f(x, y): return x", "def f(y, x): return x"),
    "parameter of a lambda": ("def f(): return lambda x: x", "def f(): return lambda y: y"),
    "keyword-only": ("def f(x): return x", "def f(*, x): return x"),
    "default": ("def f(x=1): return x", "def f(x=2): return x"),
    "default moved": ("def f(x, y=1): pass", "def f(x=1, y=1): pass"),
    "import": ("def f():\n    import a\n    return a", "def f():\n    import b\n    return b"),
    "imported as": ("def f():\n    from a import b as c", "def f():\n    from a import d as c"),
    "nested function": ("def f():\n    def g(): pass\n    return g", "def f():\n    def h(): pass\n    return h"),
    "local or global": ("def f():\n    X = 1\n    return X", "def f():\n    Y = 1\n    return X"),
    "global statement": ("def f():\n    global X\n    X = 1", "def f():\n    X = 1"),
    "global, seen by a nested function": (
        "def f():\n    global X\n    X = 1\n    def g(): return X",
        "def f():\n    X = 1\n    def g(): return X",
    ),
    "nonlocal": (
        "def f():\n    y = 0\n    def g():\n        nonlocal y\n        y = 1\n    return y",
        "def f():\n    y = 0\n    def g():\n        y = 1\n    return y",
    ),
    "capture": (
        "def f():\n    y = 0\n    def g(z): return y\n    return g",
        "def f():\n    y = 0\n    def g(y): return y\n    return g",
    ),
    "capture by a comprehension": (
        "def f(x):\n    y = 0\n    return [y for i in x]",
        "def f(x):\n    y = 0\n    return [y for y in x]",
    ),
    "first iterable is outside": ("def f(x): return [x for x in x]", "def f(x): return [x for x in y]"),
    "name of a class attribute": ("class A:\n    x = 1", "class A:\n    y = 1"),
    "class attribute in a function": (
        "def f():\n    class A:\n        x = 1\n    return A",
        "def f():\n    class A:\n        y = 1\n    return A",
    ),
    "annotation in a class": ("class A:\n    x: int = 1", "class A:\n    x: float = 1"),
    "annotation under a decorator": ("@register\ndef f(x: int): pass", "@register\ndef f(x: str): pass"),
    "constant kind": ("X = 1", "X = 1.0"),
    "true and one": ("X = True", "X = 1"),
    "text and bytes": ("X = 'a'", "X = b'a'"),
    "text that looks like code": ("X = 'a b'", "X = 'a', 'b'"),
    "locals()": ("def f():\n    a = 1\n    return locals()", "def f():\n    b = 1\n    return locals()"),
    "eval": ("def f():\n    a = 1\n    return eval('a')", "def f():\n    b = 1\n    return eval('a')"),
    "query of a frame": (
        "def f(t):\n    low = 1\n    return t.query('x > @low')",
        "def f(t):\n    high = 1\n    return t.query('x > @low')",
    ),
    "debug f-string": ("def f():\n    a = 1\n    return f'{a=}'", "def f():\n    b = 1\n    return f'{b=}'"),
    "keyword of a call": ("def f():\n    a = 1\n    return g(a=a)", "def f():\n    b = 1\n    return g(b=b)"),
    "attribute": ("def f(x): return x.a", "def f(x): return x.b"),
    "else": ("def f(x):\n    if x:\n        g()\n    else:\n        h()", "def f(x):\n    if x:\n        g()\n    h()"),
    "else of for": (
        "def f(x):\n    for i in x:\n        g()\n    else:\n        h()",
        "def f(x):\n    for i in x:\n        g()\n    h()",
    ),
    "starred": ("def f(x): return g(*x)", "def f(x): return g(**x)"),
    "spread in a dict": ("def f(x): return {**x, 'a': 1}", "def f(x): return {'a': 1, **x}"),
    "chained comparison": ("def f(a, b, c): return a < b < c", "def f(a, b, c): return (a < b) < c"),
    "operator": ("def f(a, b): return a + b", "def f(a, b): return a - b"),
    "async": ("def f(): pass", "async def f(): pass"),
    "module variable": ("X = 1\nfor i in X: pass", "X = 1\nfor j in X: pass"),
    "match attribute": (
        "def f(x):\n    match x:\n        case P(a=y): return y",
        "def f(x):\n    match x:\n        case P(b=y): return y",
    ),
    "except type": (
        "def f():\n    try: g()\n    except A: h()",
        "def f():\n    try: g()\n    except B: h()",
    ),
    "bound or not": (
        "def f(x):\n    match x:\n        case [_]: return 1",
        "def f(x):\n    match x:\n        case [y]: return y",
    ),
    "delete": ("def f(x):\n    y = x\n    del y", "def f(x):\n    y = x\n    y"),
    "from future scope": ("def f():\n    print(x)\n    x = 1", "def f():\n    print(x)\n    y = 1"),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_what_may_change_a_result_changes_the_text(pair: tuple[str, str]) -> None:
    assert text(pair[0]) != text(pair[1])


# Every way to fill the gaps with these names; `p` is a parameter, and `x` and `y` may be local, global or both.
SHAPES = [
    "def f(p):\n    {0} = p\n    {1} = 2\n    return {2} - {3}",
    "def f(p):\n    {0} = 1\n    def g():\n        {1} = 2\n        return {2}\n    return g, {3}",
    "def f(p):\n    {0} = 1\n    def g():\n        nonlocal {1}\n        {2} = 2\n        return {3}\n    return {4}",
    "def f(p):\n    global {0}\n    {1} = 1\n    def g():\n        {2} = {3}\n        return {4}\n    return g",
    "def f(p):\n    {0} = 1\n    return [{1} for {2} in {3}], {4}",
    "def f(p):\n    {0} = 1\n    return [{1} for {2} in p for {3} in {4}]",
    "def f(p):\n    {0} = [({1} := k) for k in p]\n    return {2}, {3}",
    "def f(p):\n    {0} = 1\n    return lambda {1}: {2} + {3}",
    "def f(p):\n    {0} = 1\n    class A:\n        {1} = {2}\n        def m(self): return {3}\n    return A, {4}",
    "def f(p):\n    for {0} in p:\n        {1} += {2}\n    del {3}\n    return {4}",
    "def f(p):\n    try:\n        {0} = 1\n    except p as {1}:\n        {2} = 3\n    return {3}",
    "def f(p):\n    match p:\n        case [{0}, *{1}]: return {2}\n        case {{1: {3}, **{4}}}: return x, y",
    "def f(p):\n    {0} = 1\n    def g({1}):\n        def h(): return {2}\n        {3} = 2\n        return h\n    {4}",
    "def f(p):\n    from a import {0}\n    {1} = 1\n    def g():\n        return {2}\n    return g, {3}",
    "def f(p):\n    {0} = 1\n    with p as {1}:\n        return {{{2}: {3} for {4} in p}}",
]


def behaviour(code: CodeType, outer: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """What compiled code does, with local variables told apart by identity instead of by name."""
    outer = outer or {}
    given = code.co_argcount + code.co_kwonlyargcount
    parameters = set(code.co_varnames[:given])
    known: dict[str, Any] = {}

    def variable(name: str) -> Any:
        if name in code.co_freevars:
            return outer[name]
        # A parameter is seen from outside; an import and a nested definition keep their names in the text as well.
        return known.setdefault(name, ("parameter", name) if name in parameters else (id(code), len(known)))

    # Closures are laid out in the order of names; the bodies below say who uses which variable.
    skipped = {"MAKE_CELL", "LOAD_CLOSURE", "COPY_FREE_VARS", "EXTENDED_ARG", "NOP", "RESUME"}
    steps: list[Any] = []
    for step in dis.get_instructions(code):
        if step.opname in skipped:
            continue
        operation = step.opname.replace("CLASSDEREF", "DEREF").replace("_DEREF", "_FAST")
        if operation.endswith("_FAST"):
            steps.append((operation, variable(step.argval)))
        elif isinstance(step.argval, CodeType):
            inner = {name: variable(name) for name in step.argval.co_freevars if name != "__class__"}
            steps.append(("code", behaviour(step.argval, inner)))
        elif "JUMP" in step.opname or "FOR_ITER" in step.opname:
            steps.append((operation, step.arg))
        else:
            steps.append((operation, repr(step.argval)))
    return (*sorted(parameters), *steps)


def numbered(behaved: Any, seen: dict[Any, int]) -> Any:
    """Replace the identities of variables by the order in which they turn up."""
    if isinstance(behaved, tuple) and len(behaved) == 2 and isinstance(behaved[0], int):
        return seen.setdefault(behaved, len(seen))
    return tuple(numbered(part, seen) for part in behaved) if isinstance(behaved, tuple) else behaved


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on, code of comprehensions is merged by name")
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_texts_mean_equal_behaviour_whatever_the_names(shape: str) -> None:
    gaps = max(int(c) for c, after in pairwise(shape) if c.isdigit() and after == "}") + 1
    behaviours: dict[str, set[Any]] = {}
    texts: dict[Any, set[str]] = {}
    for names in product("xyp", repeat=gaps):
        source = shape.format(*names)
        try:
            code = compile(source, "", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        does = numbered(behaviour(code), {})
        behaviours.setdefault(text(source), set()).add(does)
        texts.setdefault(does, set()).add(text(source))
    assert max(map(len, behaviours.values())) == 1
    assert len(behaviours) > 1
    if not any(word in shape for word in ("global", "nonlocal", "import", "class", "match")):
        assert max(map(len, texts.values())) == 1
