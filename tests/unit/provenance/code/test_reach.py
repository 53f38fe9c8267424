"""Whatever the way in which a script comes to a piece of code, an edit of that piece is seen; of no other."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from dampak.provenance.code.fingerprint import Library, Reached, reached

Package = Callable[..., Reached]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Write modules (`a`, `b.c`; packages `p/__init__`) and a script, and return what the script reaches."""

    def write(script: str, **modules: str) -> Reached:
        root = tmp_path / "dampak"
        root.mkdir(exist_ok=True)
        (root / "__init__.py").touch()
        for name, source in modules.items():
            path = root / (
                name.replace("__", "/", 1) + ".py" if not name.endswith("_init") else name[:-5] + "/__init__.py"
            )
            path.parent.mkdir(exist_ok=True)
            if path.parent != root and not (path.parent / "__init__.py").exists():
                (path.parent / "__init__.py").touch()
            path.write_text(dedent(source))
        (tmp_path / "script.py").write_text(dedent(script))
        return reached(tmp_path / "script.py", library=Library(root))

    return write


def case(script: str, edit: tuple[str, str, str], stale: bool, **modules: str) -> tuple[object, ...]:
    return script, modules, edit, stale


CASES = {
    "function in a function": case(
        "from dampak.a import f\nf()",
        ("b", "1", "2"),
        True,
        a="def f():\n    from dampak.b import g\n    return g()",
        b="def g(): return 1",
    ),
    "import in a function nobody reaches": case(
        "from dampak.a import f\nf()",
        ("b", "1", "2"),
        False,
        a="def f(): pass\ndef other():\n    from dampak.b import g\n    return g()",
        b="def g(): return 1",
    ),
    "relative import": case(
        "from dampak.p.m import f\nf()",
        ("p__n", "1", "2"),
        True,
        p__m="from .n import g\nfrom . import n\ndef f(): return g()",
        p__n="def g(): return 1",
    ),
    "decorator": case(
        "from dampak.a import f\nf()",
        ("a", "1", "2"),
        True,
        a="def wrap(g): return lambda: 1\n@wrap\ndef f(): pass",
    ),
    "registered by a decorator": case(
        "from dampak.a import TABLE\nTABLE['f']()",
        ("a", "return 1", "return 2"),
        True,
        a="TABLE = {}\ndef add(g):\n    TABLE[g.__name__] = g\n    return g\n@add\ndef f(): return 1",
    ),
    "constant": case("from dampak.a import f\nf()", ("a", "X = 1", "X = 2"), True, a="X = 1\ndef f(): return X"),
    "constant nobody reaches": case(
        "from dampak.a import f\nf()", ("a", "X = 1", "X = 2"), False, a="X = 1\ndef f(): return 1"
    ),
    "constant of a default": case(
        "from dampak.a import f\nf()", ("a", "X = 1", "X = 2"), True, a="X = 1\ndef f(y=X): return y"
    ),
    "constant of a constant": case(
        "from dampak.a import f\nf()", ("a", "X = 1", "X = 2"), True, a="X = 1\nY = X + 1\ndef f(): return Y"
    ),
    "constant hidden by a local": case(
        "from dampak.a import f\nf()", ("a", "X = 1", "X = 2"), False, a="X = 1\ndef f():\n    X = 3\n    return X"
    ),
    "augmented constant": case("from dampak.a import X\nX", ("a", "[2]", "[3]"), True, a="X = [1]\nX += [2]\n"),
    "augmented constant nobody reaches": case(
        "from dampak.a import f\nf()", ("a", "[2]", "[3]"), False, a="X = [1]\nX += [2]\ndef f(): pass"
    ),
    "augmented alias": case("from dampak.a import X\nX", ("a", "[2]", "[3]"), True, a="X = [1]\nY = X\nY += [2]\n"),
    "augmented import": case(
        "from dampak.a import f\nf()",
        ("a", "[2]", "[3]"),
        True,
        a="from dampak.b import X, f\nX += [2]\n",
        b="X = [1]\ndef f(): return X",
    ),
    "tuple assignment": case(
        "from dampak.a import f\nf()", ("a", "1, 2", "1, 3"), True, a="X, *Y = 1, 2\ndef f(): return Y"
    ),
    "tuple assignment nobody reaches": case(
        "from dampak.a import f\nf()", ("a", "1, 2", "1, 3"), False, a="X, Y = 1, 2\ndef f(): return 1"
    ),
    "loop that fills a table": case(
        "from dampak.a import f\nf()",
        ("a", "g(2)", "g(3)"),
        True,
        a="def g(x): return x\nTABLE = {}\nfor k in 'ab':\n    TABLE[k] = g(2)\ndef f(): return TABLE",
    ),
    "helper of a loop that fills a table": case(
        "from dampak.a import f\nf()",
        ("a", "x + 1", "x + 2"),
        True,
        a="def g(x): return x + 1\nTABLE = {}\nfor k in 'ab':\n    TABLE[k] = g(2)\ndef f(): return TABLE",
    ),
    "append": case("from dampak.a import X\nX", ("a", "(2)", "(3)"), True, a="X = []\nX.append(2)"),
    "item": case("from dampak.a import X\nX", ("a", "= 2", "= 3"), True, a="X = {}\nX['a'] = 2"),
    "item set from another module": case(
        "import dampak.b\nfrom dampak.a import X\nX",
        ("b", "= 2", "= 3"),
        True,
        a="X = {}",
        b="from dampak import a\na.X['k'] = 2",
    ),
    "constant that changes another": case(
        "from dampak.a import X\nX", ("a", "'b'", "'c'"), True, a="X = {'b': 1, 'c': 2}\nY = X.pop('b')"
    ),
    "function by name": case(
        "from dampak.a import f\nf()",
        ("a", "x + 1", "x + 2"),
        True,
        a="def g(x): return x + 1\ndef f(): return map(g, [1])",
    ),
    "function in a table": case(
        "from dampak.a import f\nf()",
        ("a", "x + 1", "x + 2"),
        True,
        a="def g(x): return x + 1\nT = {'g': g}\ndef f(): return T",
    ),
    "re-export": case(
        "from dampak.p import f\nf()",
        ("p__m", "1", "2"),
        True,
        p_init="from dampak.p.m import f",
        p__m="def f(): return 1\ndef g(): return 5",
    ),
    "re-export nobody reaches": case(
        "from dampak.p import f\nf()",
        ("p__m", "5", "6"),
        False,
        p_init="from dampak.p.m import f, g",
        p__m="def f(): return 1\ndef g(): return 5",
    ),
    "re-export through a star": case(
        "from dampak.p import f\nf()",
        ("p__m", "1", "2"),
        True,
        p_init="from dampak.p.m import *",
        p__m="def f(): return 1\ndef g(): return 5",
    ),
    "beside a re-export through a star": case(
        "from dampak.p import f\nf()",
        ("p__m", "5", "6"),
        False,
        p_init="from dampak.p.m import *",
        p__m="def f(): return 1\ndef g(): return 5",
    ),
    "re-export under another name": case(
        "from dampak.b import h\nh()", ("a", "1", "2"), True, a="def f(): return 1", b="from dampak.a import f as h"
    ),
    "which of two re-exports": case(
        "from dampak.a import f, g, h\nf(), g(), h()",
        ("a", "f as h", "g as h"),
        True,
        a="from dampak.b import f, g\nfrom dampak.b import f as h",
        b="def f(): return 1\ndef g(): return 2",
    ),
    "which library a name comes from": case(
        "from dampak.a import f\nf()",
        ("a", "import ndtr", "import ndtri as ndtr"),
        True,
        a="from scipy.special import ndtr\ndef f(): return ndtr(0)",
    ),
    "library of a function nobody reaches": case(
        "from dampak.a import f\nf()",
        ("a", "import ndtr", "import ndtri as ndtr"),
        False,
        a="from scipy.special import ndtr\ndef f(): return 1\ndef g(): return ndtr(0)",
    ),
    "import for its side effect": case(
        "from dampak.a import f\nf()",
        ("a", "enable_halving_search_cv", "enable_iterative_imputer"),
        True,
        a="from sklearn.experimental import enable_halving_search_cv  # noqa: F401\ndef f(): return 1",
    ),
    "dotted import": case(
        "import dampak.p.m\ndampak.p.m.f()", ("p__m", "1", "2"), True, p__m="def f(): return 1\ndef g(): return 5"
    ),
    "beside a dotted import": case(
        "import dampak.p.m\ndampak.p.m.f()", ("p__m", "5", "6"), False, p__m="def f(): return 1\ndef g(): return 5"
    ),
    "module under another name": case(
        "import dampak.p.m as m\nm.f()", ("p__m", "1", "2"), True, p__m="def f(): return 1\ndef g(): return 5"
    ),
    "module as a value": case(
        "from dampak.p import m\nprint(m)", ("p__m", "5", "6"), True, p__m="def f(): return 1\ndef g(): return 5"
    ),
    "side effect of a submodule": case(
        "from dampak.a import f\nf()",
        ("p__m", "1", "2"),
        True,
        a="from dampak.p import m\ndef f(): pass",
        p__m="print(1)",
    ),
    "side effect of a package above": case(
        "from dampak.p.m import f\nf()", ("p_init", "1", "2"), True, p_init="print(1)", p__m="def f(): pass"
    ),
    "branch": case(
        "from dampak.a import f\nf()",
        ("a", "return 2", "return 3"),
        True,
        a="import sys\nif sys.platform == 'win32':\n    def f(): return 1\nelse:\n    def f(): return 2",
    ),
    "branch nobody reaches": case(
        "from dampak.a import g\ng()",
        ("a", "return 2", "return 3"),
        False,
        a="import sys\nif sys.platform == 'win32':\n    def f(): return 1\nelse:\n    def f(): return 2\ndef g(): pass",
    ),
    "import in a branch": case(
        "from dampak.a import f\nf()",
        ("b", "1", "2"),
        True,
        a="try:\n    from dampak.c import g\nexcept ImportError:\n    from dampak.b import g\ndef f(): return g()",
        b="def g(): return 1",
    ),
    "run as a program": case(
        "from dampak.a import f\nf()",
        ("a", "print(1)", "print(2)"),
        False,
        a="def f(): pass\nif __name__ == '__main__':\n    print(1)",
    ),
    "for type checkers": case(
        "from dampak.a import f\nf()",
        ("b", "1", "2"),
        False,
        a="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dampak.b import B\ndef f(x: 'B') -> 'B': pass",
        b="print(1)\nclass B: x = 1",
    ),
    "annotation that names a class": case(
        "from dampak.a import f\nf()", ("a", "x = 1", "x = 2"), False, a="class A: x = 1\ndef f(y: A) -> A: pass"
    ),
    "module __getattr__": case(
        "from dampak.a import late\nlate", ("a", "1", "2"), True, a="def __getattr__(name): return 1"
    ),
    "module named by a text": case(
        "import importlib\nimportlib.import_module('dampak.a').f()", ("a", "1", "2"), True, a="def f(): return 1"
    ),
    "modules named by the start of a text": case(
        "import importlib\nimportlib.import_module(f'dampak.p.{k}').f()",
        ("p__m", "1", "2"),
        True,
        p__m="def f(): return 1",
    ),
    "last use of a library in a function nobody reaches": case(
        "from dampak.a import f\nf()",
        ("a", "ndtr(0)", "None"),
        False,
        a="from scipy.special import ndtr\ndef f(): return 1\ndef g(): return ndtr(0)",
    ),
    "looked up in globals()": case(
        "from dampak.a import g\ng('f')", ("a", "1", "2"), True, a="def f(): return 1\ndef g(n): return globals()[n]()"
    ),
    "lambda": case("from dampak.a import f\nf()", ("a", "1", "2"), True, a="g = lambda: 1\ndef f(): return g()"),
    "global statement": case(
        "from dampak.a import f\nf()",
        ("a", "X = 1", "X = 2"),
        True,
        a="X = 1\ndef f():\n    global X\n    X = X + 1",
    ),
    "name used in a class body that the class binds too": case(
        "from dampak.a import A\nA", ("a", "x = 1", "x = 2"), True, a="x = 1\nclass A:\n    x = x"
    ),
}


METHODS = {
    "called": ("A().f()", "def f(self): return 1", True, ""),
    "not called": ("A().g()", "def f(self): return 1", False, ""),
    "named in a text": ("getattr(A(), 'f')()", "def f(self): return 1", True, ""),
    "named by the start of a text": ("getattr(A(), f'draw_{x}')()", "def draw_a(self): return 1", True, ""),
    "of another start": ("getattr(A(), f'draw_{x}')()", "def f(self): return 1", False, ""),
    "name unknown": ("getattr(A(), x)()", "def f(self): return 1", True, ""),
    "in a dotted text": ("attrgetter('a.f')(A())", "def f(self): return 1", True, ""),
    "in a format": ("'{0.f}'.format(A())", "@property\n    def f(self): return 1", True, ""),
    "property": ("A().f", "@property\n    def f(self): return 1", True, ""),
    "property not used": ("A().g", "@property\n    def f(self): return 1", False, ""),
    "setter": ("A().f = 2", "@property\n    def f(self): pass\n    @f.setter\n    def f(self, x): return 1", True, ""),
    "class method": ("A.f()", "@classmethod\n    def f(cls): return 1", True, ""),
    "special": ("A()", "def __len__(self): return 1", True, ""),
    "shown by notebooks": ("A()", "def _repr_html_(self): return 1", True, ""),
    "decorated": ("A()", "@validator('x')\n    def f(self): return 1", True, ""),
    "through another method": ("A().g()", "def g(self): return self.f()\n    def f(self): return 1", True, ""),
    "through a class attribute": ("A().g", "def _f(self): return 1\n    g = property(_f)", True, ""),
    "pattern": ("match x:\n    case A(f=1): pass", "@property\n    def f(self): return 1", True, ""),
    "base from outside": ("A()", "def f(self): return 1", True, "threading.Thread"),
    "base from a package": ("A()", "def f(self): return 1", True, "BaseEstimator"),
    "exception": ("A()", "def f(self): return 1", False, "ValueError"),
    "protocol": ("A()", "def f(self): return 1", False, "Protocol"),
    "generic": ("A()", "def f(self): return 1", False, "Generic[T]"),
    "ancestor from outside": ("A()", "def f(self): return 1", True, "Middle"),
    "written to as a file": ("print(1, file=A())", "def write(self, text): return 1", True, ""),
    "class as a whole": ("A", "x = 1", True, ""),
}


@pytest.mark.parametrize(("script", "modules", "edit", "stale"), CASES.values(), ids=CASES)
def test_an_edit_is_seen_exactly_where_it_is_reached(
    package: Package, script: str, modules: dict[str, str], edit: tuple[str, str, str], stale: bool
) -> None:
    name, old, new = edit
    before = package(script, **modules)
    assert old in modules[name]
    after = package(script, **modules | {name: modules[name].replace(old, new, 1)})
    assert (before.digest != after.digest) is stale


@pytest.mark.parametrize(("use", "body", "stale", "base"), METHODS.values(), ids=METHODS)
def test_a_method_counts_where_reached_code_or_a_framework_may_call_it(
    package: Package, use: str, body: str, stale: bool, base: str
) -> None:
    start = "import threading\nfrom typing import Generic, Protocol\nfrom sklearn.base import BaseEstimator\n"
    source = f"{start}class Middle(threading.Thread): pass\nclass A({base}):\n    {body}\n"
    script = f"from dampak.a import A\n{use}\n"
    before = package(script, a=source)
    place = source.rindex("1")
    after = package(script, a=source[:place] + "2" + source[place + 1 :])
    assert (before.digest != after.digest) is stale


def test_a_method_that_overrides_the_one_called_through_a_base_counts(package: Package) -> None:
    modules = {
        "a": "class Base:\n    def run(self): return self.step()\n    def step(self): pass\n",
        "b": "from dampak.a import Base\nclass B(Base):\n    def step(self): return 1\n    def other(self): return 3\n",
    }
    script = "from dampak.b import B\nB().run()"
    names = package(script, **modules).definitions
    assert {"dampak.a:Base.run", "dampak.a:Base.step", "dampak.b:B.step"} <= names.keys()
    assert "dampak.b:B.other" not in names


def test_a_subclass_that_its_base_takes_note_of_counts(package: Package) -> None:
    a = "class Base:\n    kinds = []\n    def __init_subclass__(cls): cls.kinds.append(cls)\nclass B(Base): x = 1\n"
    names = package("from dampak.a import Base\nBase.kinds", a=a).definitions
    assert "dampak.a:B" in names


def test_a_fixed_point_is_found_through_methods_that_only_other_methods_name(package: Package) -> None:
    a = "class A:\n    def f(self): return self.x.g()\nclass B:\n    def g(self): return h()\ndef h(): return 1\n"
    assert "dampak.a:h" in package("from dampak.a import A, B\nA(B()).f()", a=a).definitions


def test_every_module_that_may_be_imported_is_listed(package: Package) -> None:
    found = package(
        "from dampak.a import f\nf()",
        a="from dampak.p.m import g\ndef f(): pass\ndef other():\n    import dampak.late\n",
        p__m="def g(): pass",
        late="",
        never="",
    )
    assert found.modules == ("dampak", "dampak.a", "dampak.late", "dampak.p", "dampak.p.m")


def test_packages_are_those_of_entered_modules_and_reached_functions(package: Package) -> None:
    found = package(
        "import os\nimport pandas as pd\nfrom dampak.a import f\nf()",
        a="""
            from typing import TYPE_CHECKING
            import numpy.linalg as la
            if TYPE_CHECKING:
                import pandera
            def f():
                from scipy.special import ndtr
                import matplotlib.pyplot as plt
                pd.read_excel(x, engine="calamine")
                return frame.to_parquet(), [sys.executable, "-m", "ipykernel_launcher"]
            def other():
                import sklearn
        """,
        never="import pyreadstat",
    )
    assert found.packages == (
        "ipykernel_launcher",
        "matplotlib",
        "numpy",
        "pandas",
        "pyarrow",
        "python_calamine",
        "scipy",
    )


def test_data_files_are_found_by_name_folder_and_suffix(package: Package, tmp_path: Path) -> None:
    for name in ("p/page.css", "p/forms/one.txt", "p/lang.yaml", "q/other.yaml", "p/never.css"):
        path = tmp_path / "dampak" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    script = "from dampak.p.m import f\nf()"
    source = (
        "def f():\n    return open('page.css'), HERE / 'forms', HERE.glob('*.yaml')\ndef g():\n    return 'never.css'\n"
    )
    found = package(script, p__m=source, q__m="")
    assert list(found.files) == ["p/forms/one.txt", "p/lang.yaml", "p/page.css"]
    (tmp_path / "dampak/p/page.css").write_text("changed")
    assert package(script, p__m=source).digest != found.digest


def test_a_method_that_a_template_calls_counts(package: Package, tmp_path: Path) -> None:
    (tmp_path / "dampak").mkdir()
    (tmp_path / "dampak/page.j2").write_text("{{ page.title() }}")
    a = "class Page:\n    def title(self): pass\n    def other(self): pass\ndef f(): return Page(), 'page.j2'\n"
    names = package("from dampak.a import f\nf()", a=a).definitions
    assert "dampak.a:Page.title" in names
    assert "dampak.a:Page.other" not in names


def test_what_is_reached_survives_json(package: Package) -> None:
    found = package("from dampak.a import f\nf()", a="import numpy\ndef f(): return 1")
    assert Reached.from_json(found.to_json()) == found
    assert Reached.from_json(found.to_json()).digest == found.digest


def test_in_a_notebook_cells_and_semicolons_count(tmp_path: Path) -> None:
    def notebook(*cells: str) -> str:
        path = tmp_path / "n.ipynb"
        body = ", ".join(f'{{"cell_type": "code", "source": "{c}"}}' for c in cells)
        path.write_text(f'{{"cells": [{body}]}}')
        return reached(path, library=Library(tmp_path)).digest

    assert notebook("a", "b") != notebook("a\\nb")
    assert notebook("a") != notebook("a;")
    assert notebook("%matplotlib inline\\na") != notebook("%matplotlib agg\\na")
    assert notebook("a  # first") == notebook("a")


@pytest.mark.parametrize("text", ["{", '{"cells": [{"cell_type": "code", "source": "def"}]}', "[]"])
def test_a_notebook_that_cannot_be_read_gets_a_sentence(tmp_path: Path, text: str) -> None:
    from dampak.errors import DampakError

    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(DampakError, match=r"n\.ipynb"):
        reached(path, library=Library(tmp_path))


def test_scripts_that_share_a_parsed_package_are_told_apart(tmp_path: Path) -> None:
    """A plan parses the package once for all scripts; two of them may give one name to two things."""
    (tmp_path / "a.py").write_text("def draw(): return 1\n")
    (tmp_path / "b.py").write_text("def draw(): return 2\n")
    shared = Library(tmp_path)
    for module in "ab":
        script = tmp_path / f"figure_{module}.py"
        script.write_text(f"from dampak.{module} import draw\ndraw()\n")
        assert f"dampak.{module}:draw" in reached(script, library=shared).definitions
