"""Edits to the configuration: studies, codebooks, settings."""

import re

from .edit import (
    FIGURES,
    FROM_METHODS,
    FROM_OUTCOMES,
    NONE,
    READERS_OF_A,
    WHOLE_A,
    Bench,
    Mutation,
    added,
    jobs,
    replaced,
    rewritten,
)

A, B = "config/studies/a.yaml", "config/studies/b.yaml"
BOOK_A = "config/codebooks/a.yaml"
CLEAN = jobs("clean", "a")
FIGURES_A = jobs(FIGURES, "a")


def _reordered(text: str) -> str:
    """Put the first keys last, and the keys of a method the other way round."""
    text = text.replace(
        "  - method: nearest_1_caliper\n    caliper: 0.2", "  - caliper: 0.2\n    method: nearest_1_caliper"
    )
    head, found, tail = text.partition("unit_id:")
    assert found
    return found + tail + head


def _flow_style(text: str) -> str:
    """Write the same values with quotes and brackets."""
    text = re.sub(r"outcomes:\n  - re78\n", 'outcomes: ["re78"]\n', text, count=1)
    return text.replace("estimands: [att]", "estimands:\n- 'att'").replace("alpha: 0.1", "alpha: 1.0e-1")


def _new_study(bench: Bench) -> None:
    text = (bench.root / A).read_text(encoding="utf-8")
    (bench.root / "config/studies/c.yaml").write_text(text, encoding="utf-8")


MUTATIONS = tuple(
    Mutation("configuration", *rest)
    for rest in (
        # What changes no value.
        ("order of keys", rewritten(A, _reordered), NONE),
        ("comment", replaced(A, "alpha: 0.1", "# Ten percent.\nalpha: 0.1  # as agreed"), NONE),
        ("quotes and brackets", rewritten(A, _flow_style), NONE),
        ("comment in the codebook", replaced(BOOK_A, "variables:", "# All of them.\nvariables:"), NONE),
        ("comment in config.yaml", added("config/config.yaml", "# Two studies.\n"), NONE),
        ("order of the default studies", replaced("config/config.yaml", "[a, b]", "[b, a]"), NONE),
        ("new study, not a default one", _new_study, NONE),
        # Ties of the greedy pairs are broken at random, which moves the range that the sensitivity table gives.
        ("seed", replaced(A, "seed: 1986", "seed: 1987"), jobs("orders effects verdicts", "a")),
        # Leaves that only some rules name.
        ("title", replaced(A, "study a", "the first"), FIGURES_A),
        ("question of the other study", replaced(B, "What did", "How much did"), jobs("notebook", "b")),
        ("question of a study without notebook", replaced(A, "What did", "How much did"), NONE),
        ("language", replaced(A, "seed: 1986", "seed: 1986\nlanguage: id"), FIGURES_A),
        (
            "headline",
            replaced(A, "headline: difference_in_means", "headline: ipw"),
            FIGURES_A - {"overlap a"} | {"verdicts a"},
        ),
        ("alpha", replaced(A, "alpha: 0.1", "alpha: 0.05"), FROM_OUTCOMES),
        ("two values swapped", replaced(A, "alpha: 0.1", "alpha: 0.2", "caliper: 0.2", "caliper: 0.1"), FROM_METHODS),
        (
            "new method",
            replaced(A, "  - method: ipw\n", "  - method: ipw\n  - method: entropy_balancing\n"),
            FROM_METHODS,
        ),
        ("new outcome", replaced(A, "  - re78\n", "  - re78\n  - re78k = re78 / 1000\n"), CLEAN | FROM_OUTCOMES),
        ("new covariate", replaced(A, "  - black\n", "  - black\n  - hisp\n"), WHOLE_A),
        # The rule moves people on and off support, which no method of `a` heeds: weights and pairs stay the same.
        (
            "support rule",
            replaced(A, "rule: minmax", "rule: none"),
            jobs("score overlap match orders balance effects", "a"),
        ),
        # Nobody is as old: the ledger has a line more, the rows are the same.
        (
            "selection that keeps every row",
            replaced(A, "    codebook: a", "    codebook: a\n    keep: age < 80"),
            CLEAN,
        ),
        (
            "benchmark removed",
            replaced(B, "benchmark:\n  study: a\n  method: difference_in_means\n", ""),
            READERS_OF_A,
        ),
        (
            "notebook for the other study",
            replaced(A, "seed: 1986", "seed: 1986\nnotebooks: [reading]"),
            jobs("notebook", "a"),
        ),
        # The codebook: its labels are for figures, its rules for cleaning.
        ("label of a used variable", replaced(BOOK_A, '"Age"', '"Age at the start"'), FIGURES_A),
        ("label of an unused variable", replaced(BOOK_A, '"Hispanic"', '"Hispano"'), NONE),
        ("range that holds for all", replaced(BOOK_A, "range: [14, 90]", "range: [14, 91]"), CLEAN),
        (
            "factor of the outcome",
            rewritten(BOOK_A, lambda text: re.sub(r"(re78: {.*?)}", r"\1, factor: 0.001}", text)),
            CLEAN | FROM_OUTCOMES,
        ),
    )
)
