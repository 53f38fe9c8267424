"""Edits to figures, their words, the notebook, its page, and the rules."""

import json

from .edit import FIGURES, NONE, Mutation, jobs, replaced, rewritten, touched

NOTEBOOK = "notebooks/reading.ipynb"
PAGE = jobs("notebook", "b")
ALL_FIGURES = jobs(FIGURES, "a", "b")
RULES = "workflow/rules/match.smk"

MUTATIONS = tuple(
    Mutation("exhibits and rules", *rest)
    for rest in (
        (
            "constant of one figure",
            replaced("src/dampak/figures/overlap.py", "BINS = 48", "BINS = 40"),
            jobs("overlap", "a", "b") | PAGE,
        ),
        # Only the figure of effects has something in green: the band of a benchmark, which `b` has.
        (
            "constant of the house style",
            replaced("src/dampak/figures/style.py", 'GREEN = "#009E73"', 'GREEN = "#009E74"'),
            jobs("effects_figure", "a", "b") | PAGE,
        ),
        (
            "caption",
            replaced(
                "src/dampak/figures/placebo.py", 'function="dampak.figures.placebo.draw"', 'function="placebo.draw"'
            ),
            jobs("placebo_figure", "a", "b") | PAGE,
        ),
        # Which of the shared terms a figure prints is known only when it is drawn; the notebook prints terms, too.
        (
            "term of the catalogue",
            replaced("src/dampak/figures/terms.py", '"en": "Drawn by {function}."', '"en": "Drawn with {function}."'),
            ALL_FIGURES | PAGE,
        ),
        ("style of the page", replaced("src/dampak/report/page.css", "--ink: #1a1a1a", "--ink: #1b1b1b"), PAGE),
        ("template of the page", replaced("src/dampak/report/page.html.j2", "<main>", '<main class="page">'), PAGE),
        ("notebook touched", touched(NOTEBOOK), NONE),
        ("text of the notebook", replaced(NOTEBOOK, "What a reader sees", "What readers see"), PAGE),
        ("code of the notebook", replaced(NOTEBOOK, 'title=\\"Rows\\"', 'title=\\"All rows\\"'), PAGE),
        # The file is an input of the rule: its bytes count.
        ("white space of the notebook", rewritten(NOTEBOOK, lambda text: json.dumps(json.loads(text), indent=2)), PAGE),
        ("comment in a rule", replaced(RULES, "rule score:\n", "# Edited.\nrule score:\n"), NONE),
        ("message of a rule", replaced(RULES, "Propensity scores and", "Scores and"), NONE),
        (
            "rule with one more leaf",
            replaced(RULES, 'stamped("score", ', 'stamped("score", "title", '),
            jobs("score", "a", "b"),
        ),
        # The new input has always been there: the set of inputs is another.
        (
            "rule with one more input",
            replaced(
                RULES,
                'design.parquet",\n    output:\n        scores=',
                'design.parquet",\n        ledger="results/{study}/tables/ledger.csv",\n    output:\n        scores=',
            ),
            jobs("score", "a", "b"),
        ),
    )
)
