"""Edits to Python code: modules of the package and the scripts of the rules."""

from .edit import (
    NONE,
    Bench,
    Mutation,
    added,
    after_each_other,
    built,
    jobs,
    replaced,
    rewritten,
    touched,
)

HOLM = "src/dampak/estimate/multiplicity.py"  # A helper of `effects`, and of nothing else.
GREEDY = "src/dampak/match/greedy.py"  # Helpers of a helper of `match` and `orders`.
PAIRING = "src/dampak/match/pairing.py"
SEPARATION = "src/dampak/match/separation.py"
VERDICT = "src/dampak/estimate/verdict.py"  # A helper of `verdicts`, in a module that `effects` imports as well.
LABELS = "src/dampak/figures/labels.py"
RESULTS = "src/dampak/report/tables.py"
SCRIPT = "workflow/scripts/score.py"

SCORE = jobs("score", "a", "b")
FITS = jobs("score match", "a", "b")  # Balancing scores are fitted in `match`.
MATCH = jobs("match orders", "a", "b")
EFFECTS = jobs("effects", "a", "b")
VERDICTS = jobs("verdicts", "a", "b")
PAGE = jobs("notebook", "b")
# The same numbers from other code: the stage runs, and what it feeds does not.
NEUTRAL_HOLM = replaced(HOLM, "np.minimum(stepped, 1.0)", "np.minimum(stepped, 1.0) * 1.0")


def _formatted(text: str) -> str:
    old = "    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))\n"
    assert old in text
    return text.replace(
        old, "    stepped = np.maximum.accumulate(\n\n        p[order]*np.arange( p.size,0,-1, )\n    )\n"
    )


def _re_export(bench: Bench) -> None:
    """Let the stage take `holm` from a module that only passes it on."""
    replaced(
        "src/dampak/estimate/stage.py", "from dampak.estimate.multiplicity import", "from dampak.estimate.passed import"
    )(bench)
    names = "anderson_q, holm, romano_wolf"
    added("src/dampak/estimate/passed.py", f"from dampak.estimate.multiplicity import {names}  # noqa: F401\n")(bench)


MUTATIONS = tuple(
    Mutation("code", *rest)
    for rest in (
        # What changes no result, seen from the text.
        ("touch", touched("workflow/scripts/*.py", "src/dampak/**/*.py"), NONE),
        ("comment", replaced(PAIRING, "\n# Who chooses", "\n# Edited. Who chooses"), NONE),
        ("docstring", replaced(PAIRING, '    """Pair each focal', '    """Edited. Pair each focal'), NONE),
        (
            "docstring of a module",
            replaced(PAIRING, '"""Nearest-neighbour pairs', '"""Edited. Nearest-neighbour pairs'),
            NONE,
        ),
        ("formatting", rewritten(HOLM, _formatted), NONE),
        (
            "type hint",
            replaced(VERDICT, "def probability(p: float)", "def probability(p: 'float | int')"),
            NONE,
        ),
        ("name of a local variable", replaced(HOLM, "stepped", "climbing", every=True), NONE),
        ("comment in a script", replaced(SCRIPT, "with Job", "# Edited.\nwith Job"), NONE),
        ("docstring of a script", replaced(SCRIPT, '"""Estimate', '"""Edited. Estimate'), NONE),
        # What no stage reaches.
        ("new function that nothing calls", added(HOLM, "\n\ndef spare(x):\n    return holm(x)\n"), NONE),
        ("new constant that nothing reads", added(HOLM, "\nSPARE = 3\n"), NONE),
        ("new module that nothing imports", added("src/dampak/estimate/spare.py", "SPARE = 3\n"), NONE),
        (
            "new re-export that nothing uses",
            added(VERDICT, "\nfrom dampak.estimate.multiplicity import holm as adjust\n"),
            NONE,
        ),
        (
            "unused function of a used module",
            replaced("src/dampak/provenance/sources.py", "    problems = []\n", "    problems = list()\n"),
            NONE,
        ),
        (
            "unused constant of a used module",
            replaced("src/dampak/figures/terms.py", '("en", "id")', '("id", "en")'),
            NONE,
        ),
        (
            "unused method of a used class",
            replaced(
                RESULTS, 'return frame.sort_values("method", key', 'return frame.copy().sort_values("method", key'
            ),
            NONE,
        ),
        ("the command line", replaced("src/dampak/cli.py", "Only say what would run.", "Say what would run."), NONE),
        # What exactly one stage reaches.
        ("helper", NEUTRAL_HOLM, EFFECTS, True),
        ("helper of a helper", replaced(GREEDY, "    return i\n", "    return i + 0\n"), MATCH),
        ("helper that imports inside", replaced(SEPARATION, "if found.status != 0 or", "if found.status or"), FITS),
        ("constant", replaced(SEPARATION, "CERTAINTY = 10.0", "CERTAINTY = 11.0"), FITS),
        (
            "table of constants",
            replaced(
                "src/dampak/clean/readers.py", '    ".txt": "csv",\n', '    ".txt": "csv",\n    ".text": "csv",\n'
            ),
            jobs("clean", "a", "b"),
        ),
        # A decorator is called when the module is imported, which `verdicts` does as well; those of the standard
        # library are known to do nothing else.
        (
            "decorator",
            replaced(HOLM, "def holm(", "def plain(function):\n    return function\n\n\n@plain\ndef holm("),
            EFFECTS | VERDICTS,
        ),
        (
            "decorator of the standard library",
            replaced(
                VERDICT,
                "import pandas as pd\n",
                "import functools\n\nimport pandas as pd\n",
                "def probability(",
                "@functools.cache\ndef probability(",
            ),
            VERDICTS,
        ),
        (
            "import moved into the function",
            replaced(
                "src/dampak/estimate/effect.py",
                "from dampak.match.weighting import effective_sample_size\n",
                "",
                "    used = weight > 0\n",
                "    from dampak.match.weighting import effective_sample_size\n\n    used = weight > 0\n",
            ),
            EFFECTS,
        ),
        ("helper behind a re-export", after_each_other(_re_export, built, NEUTRAL_HOLM), EFFECTS),
        (
            "method of a class",
            replaced(
                "src/dampak/clean/ledger.py",
                "return pd.DataFrame(self._lines, c",
                "return pd.DataFrame([*self._lines], c",
            ),
            jobs("clean", "a", "b"),
        ),
        (
            "method that two figures call",
            replaced(LABELS, 'unit=unit) if unit else ""', "unit=unit) if unit else str()"),
            jobs("effects_figure placebo_figure", "a", "b"),
        ),
        (
            "property",
            replaced("src/dampak/figures/overlap.py", "self.like].sum()), 9)", "self.like].sum()), ndigits=9)"),
            jobs("overlap", "a", "b"),
        ),
        (
            "method that the notebook calls",
            replaced(RESULTS, 'return f"{low} to {high}"', 'return f"{low} – {high}"'),
            PAGE,
        ),
        ("script", replaced(SCRIPT, "job.write(", "job.write(1 and "), SCORE),
        # A statement at the top of a module runs in every stage that imports the module: `verdicts` has the same one.
        ("effect of importing a module", added(HOLM, '\nnp.seterr(under="ignore")\n'), EFFECTS | VERDICTS),
        # Changed results go as far as they reach. The notebook reads all tables of `b`.
        (
            "default argument",
            replaced("src/dampak/estimate/power.py", "power: float = 0.8)", "power: float = 0.9)"),
            VERDICTS | PAGE,
            True,
        ),
        ("changed result", replaced(VERDICT, "{p:.3f}", "{p:.4f}"), VERDICTS | PAGE),
    )
)
