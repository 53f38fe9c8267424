"""Edits to the raw file of study `a`."""

import random

from .edit import (
    FROM_OUTCOMES,
    NONE,
    WHOLE_A,
    Bench,
    Mutation,
    data_file,
    jobs,
    rewritten,
    touched,
    with_old_time,
)

FILE = "data/nsw.csv"
CLEAN = jobs("clean", "a")


def _cell(text: str, column: str, value: str, *, row: int = 1) -> str:
    """Return the CSV text with one cell replaced."""
    lines = text.splitlines()
    place = lines[0].split(",").index(column)
    cells = lines[row].split(",")
    cells[place] = value
    lines[row] = ",".join(cells)
    return "\n".join(lines) + "\n"


def _with_row(text: str, row: str) -> str:
    return text + row + "\n"


def _out_of_range(text: str) -> str:
    """Add a person of 99 years, whom the codebook's range sends to quarantine."""
    extra = "\n".join([text.splitlines()[0], text.splitlines()[1]]) + "\n"
    return _with_row(text, _cell(extra, "age", "99").splitlines()[1])


def _shuffled(text: str) -> str:
    head, *rows = text.splitlines()
    random.Random(7).shuffle(rows)
    return "\n".join([head, *rows]) + "\n"


def _with_column(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([f"{head},note", *(f"{row},x" for row in rows)]) + "\n"


def _rewrite(bench: Bench) -> None:
    path = data_file(bench)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def _link(bench: Bench) -> None:
    path = data_file(bench)
    path.rename(path.with_name("store.csv"))
    path.symlink_to("store.csv")


def _mode(bench: Bench) -> None:
    data_file(bench).chmod(0o600)


MUTATIONS = tuple(
    Mutation("data", *rest)
    for rest in (
        ("touch", touched(FILE), NONE),
        ("same bytes written anew", _rewrite, NONE),
        ("symbolic link to the same bytes", _link, NONE),
        ("permissions", _mode, NONE),
        # The file is another one, so `clean` has to look; ids follow content, so its tables stay the same.
        ("rows in another order", rewritten(FILE, _shuffled), CLEAN),
        ("Windows line ends", rewritten(FILE, lambda text: text.replace("\n", "\r\n")), CLEAN),
        ("column that no codebook names", rewritten(FILE, _with_column), CLEAN),
        # Quarantine and ledger change. Only a notebook reads the ledger, and `a` has none.
        ("row that goes to quarantine", rewritten(FILE, _out_of_range), CLEAN),
        ("row twice", rewritten(FILE, lambda text: _with_row(text, text.splitlines()[5])), WHOLE_A),
        ("value of a covariate", rewritten(FILE, lambda text: _cell(text, "age", "41")), WHOLE_A),
        ("value of an outcome", rewritten(FILE, lambda text: _cell(text, "re78", "9000")), CLEAN | FROM_OUTCOMES, True),
        # `hisp` is in the codebook, and in no design.
        ("value of an unused variable", rewritten(FILE, lambda text: _cell(text, "hisp", "1")), CLEAN),
        (
            "value of an unused variable, old time",
            with_old_time(FILE, rewritten(FILE, lambda text: _cell(text, "hisp", "1"))),
            CLEAN,
        ),
    )
)
