"""Another version of an installed package, and edits to the files that describe the environment."""

from .edit import FIGURES, NONE, Bench, Edit, Mutation, added, jobs


def upgraded(distribution: str) -> Edit:
    """Return the edit that installs the metadata of a new version, in front of the real ones."""

    def edit(bench: Bench) -> None:
        folder = bench.root / "src" / f"{distribution.replace('-', '_')}-99.0.dist-info"
        folder.mkdir()
        text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 99.0\n"
        (folder / "METADATA").write_text(text, encoding="utf-8")

    return edit


MUTATIONS = tuple(
    Mutation("environment", *rest)
    for rest in (
        # Other code may give the same numbers: what follows stays.
        ("scikit-learn", upgraded("scikit-learn"), jobs("score effects", "a", "b"), True),
        ("joblib, which scikit-learn requires", upgraded("joblib"), jobs("score effects", "a", "b")),
        ("pandera", upgraded("pandera"), jobs("clean", "a", "b")),
        ("SciPy", upgraded("scipy"), jobs("score match orders balance effects verdicts", "a", "b")),
        ("matplotlib", upgraded("matplotlib"), jobs(FIGURES, "a", "b")),
        ("typer, which no stage uses", upgraded("typer"), NONE),
        # Nothing imports it; its data file counts by its bytes.
        ("causaldata, the data file unchanged", upgraded("causaldata"), NONE),
        ("comment in uv.lock", added("uv.lock", "\n# Edited.\n"), NONE),
        ("comment in pyproject.toml", added("pyproject.toml", "\n# Edited.\n"), NONE),
    )
)
