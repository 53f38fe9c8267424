"""What an audit sees of a process, and which of it is complained of: scripts run in a process of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from dampak.provenance.used import places
from dampak.provenance.used.audit import Audit
from dampak.provenance.used.observed import Observed, undeclared
from dampak.report.notebook import execute
from dampak.report.stage import notebook_stage
from tests.unit.report.study import SETTINGS, write_study

SRC = Path(__file__).parents[4] / "src"
NSW = Path(__file__).parents[4] / "notebooks" / "nsw.ipynb"

FRAME = """
import json, os, sys
from pathlib import Path
from dampak.provenance.used.audit import Audit

root = Path.cwd()
bodies = json.loads({bodies!r})
seen = []
for body in bodies:
    code = compile(body, "trial", "exec")
    audit = Audit(root)
    audit.start()
    exec(code)
    seen.append(audit.stop().record())
    os.chdir(root)
print(json.dumps(seen))
"""


@dataclass(frozen=True)
class Trial:
    """A project folder with an input, in which a few lines run as a job would."""

    root: Path

    def __call__(self, body: str, **variables: str) -> Observed:
        """Return what an audit saw of a few lines."""
        return self.each(dedent(body), **variables)[0]

    def each(self, *bodies: str, **variables: str) -> list[Observed]:
        """Return what audits saw of each of several pieces, which run one after the other in one process."""
        script = self.root / ".snakemake" / "scripts" / "tmp0.trial.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(FRAME.format(bodies=json.dumps(bodies)), encoding="utf-8")
        paths = os.pathsep.join([str(SRC), str(self.root / "library" / "site-packages")])
        environment = dict(os.environ, PYTHONPATH=paths, **variables)
        done = subprocess.run(
            [sys.executable, str(script)], cwd=self.root, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return [Observed.of(record) for record in json.loads(done.stdout.splitlines()[-1])]

    def complaints(self, observed: Observed, *files: str, outputs: tuple[str, ...] = ()) -> list[str]:
        """Return what is wrong when the frame's own modules and these files are declared."""
        modules = ("dampak.provenance.used.audit", "dampak.provenance.used.observed", "dampak.provenance.used.places")
        return undeclared(observed, modules=modules, files=files, outputs=outputs, root=self.root)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "raw.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    package = root / "library" / "site-packages"
    package.mkdir(parents=True)
    (package / "asking.py").write_text(
        "import os\n\ndef ask(name):\n    return os.environ.get(name)\n", encoding="utf-8"
    )
    (package / "asking.txt").write_text("text of a library\n", encoding="utf-8")
    return Trial(root)


def test_an_input_is_seen_and_no_complaint(trial: Trial) -> None:
    observed = trial("Path('data/raw.csv').read_text()")
    assert observed.files == ("data/raw.csv",)
    assert trial.complaints(observed, "data/raw.csv") == []
    assert trial.complaints(observed, str(trial.root / "data" / "raw.csv")) == []


READINGS = (
    "Path('data/raw.csv').read_text()",
    "open(b'data/raw.csv', 'rb').read()",
    "os.close(os.open('data/raw.csv', os.O_RDONLY))",
    "open('data/raw.csv', 'r+').close()",
    "os.chdir('data'); open('raw.csv').close()",
    "open('data/../data/./raw.csv').close()",
    "import shutil; shutil.copy('data/raw.csv', 'copy.csv')",
    "import pandas; pandas.read_csv('data/raw.csv')",
    "import zipfile; zipfile.is_zipfile('data/raw.csv')",
    "sys.audit('open', 'data/raw.csv', 'rb', 0)  # as a reader in C announces itself",
)


def test_a_file_of_the_project_that_is_not_declared_gets_a_sentence(trial: Trial) -> None:
    for body, observed in zip(READINGS, trial.each(*READINGS), strict=True):
        sentences = trial.complaints(observed)
        assert len(sentences) == 1, (body, sentences)
        assert sentences[0].startswith("data/raw.csv: the job reads this file")
        assert "`input` of the rule" in sentences[0]


def test_a_file_outside_the_project_gets_a_sentence(trial: Trial) -> None:
    outside = trial.root.parent / "elsewhere.csv"
    outside.write_text("a\n1\n", encoding="utf-8")
    # Set back, as a file that lay in the temporary folder before the job began.
    observed = trial("import time; time.sleep(0.05); open('../elsewhere.csv').close()")
    (sentence,) = trial.complaints(observed)
    assert sentence.startswith(f"{outside.as_posix()}: the job reads this file")
    assert "outside the project" in sentence
    assert trial.complaints(observed, "../elsewhere.csv") == []
    assert trial.complaints(observed, str(outside)) == []


def test_parquet_that_pandas_reads_in_c_is_seen(trial: Trial) -> None:
    observed = trial(
        """
        import pandas
        audit.stop()
        pandas.DataFrame({"a": [1]}).to_parquet("data/raw.parquet")
        audit = Audit(root)
        audit.start()
        pandas.read_parquet("data/raw.parquet")
        """
    )
    assert observed.files == ("data/raw.parquet",)


def test_a_table_written_atomically_is_the_jobs_own(trial: Trial) -> None:
    # pyarrow writes the file in C; Python opens it afterwards, to flush it to disk.
    observed = trial(
        """
        import pandas
        from dampak.provenance.tables import read_table, write_table
        for name in ("out.parquet", "out.csv"):
            write_table(pandas.DataFrame({"a": [1.5]}), root / name)
            read_table(root / name)
        """
    )
    assert (observed.files, observed.folders) == ((), ())


def test_what_the_job_wrote_itself_it_may_read(trial: Trial) -> None:
    observed = trial(
        """
        import tempfile
        Path("out").mkdir()
        Path("out/part").write_text("1")
        Path("out/part").replace("out/whole")
        Path("out/whole").read_text()
        with open("out/both", "w+") as stream:
            stream.write("x"); stream.seek(0); stream.read()
        os.listdir("out")
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "x").write_text("1"); (Path(folder) / "x").read_text()
            os.listdir(folder)
        with tempfile.TemporaryFile() as stream:
            stream.write(b"1")
        """
    )
    assert (observed.files, observed.folders) == ((), ())


def test_files_of_the_environment_need_no_declaration(trial: Trial) -> None:
    observed = trial(
        """
        import asking, json.tool, importlib.metadata, zoneinfo, locale
        Path(asking.__file__).with_name("asking.txt").read_text()
        Path(os.__file__).read_text()
        Path("/dev/null").read_bytes()
        list(importlib.metadata.distributions())
        zoneinfo.ZoneInfo("Asia/Jakarta")
        """
    )
    assert (observed.files, observed.folders) == ((), ())
    assert trial.complaints(observed) == []


def test_an_output_of_an_earlier_run_may_be_read_and_its_folder_listed_where_it_is_declared(trial: Trial) -> None:
    (trial.root / "results").mkdir()
    (trial.root / "results" / "a.csv").write_text("1", encoding="utf-8")
    observed = trial("os.listdir('results'); open('results/a.csv').close()")
    assert len(trial.complaints(observed)) == 2
    assert trial.complaints(observed, outputs=("results/a.csv",)) == []


LISTINGS = (
    "os.listdir('data')",
    "list(os.scandir('data'))",
    "list(Path('data').iterdir())",
    "list(Path('data').glob('*.csv'))",
    "import glob; glob.glob('data/*.csv')",
    "os.chdir('data'); os.listdir()",
)


def test_a_listed_folder_gets_a_sentence(trial: Trial) -> None:
    for body, observed in zip(LISTINGS, trial.each(*LISTINGS), strict=True):
        sentences = trial.complaints(observed)
        assert len(sentences) == 1, (body, sentences)
        assert sentences[0].startswith("data/: the job lists this folder")


@pytest.mark.parametrize("name", ["dampak.figures.terms", "beside"])
def test_a_module_that_the_fingerprint_does_not_reach_gets_a_sentence(trial: Trial, name: str) -> None:
    (trial.root / ".snakemake" / "scripts").mkdir(parents=True)
    (trial.root / "workflow").mkdir()
    (trial.root / "workflow" / "beside.py").write_text("", encoding="utf-8")
    observed = trial(f"import importlib; sys.path.append('workflow'); importlib.import_module('{name}')")
    sentences = trial.complaints(observed)
    assert [s for s in sentences if s.startswith(f"{name}: the job imports this module")]
    declared = [m for m in observed.modules if m.count(".") != 1]
    assert undeclared(observed, modules=declared, files=[], root=trial.root) == []


def test_a_variable_that_the_project_reads_gets_a_sentence_without_its_value(trial: Trial) -> None:
    ways = ("os.environ['REGION']", "os.getenv('REGION')", "os.environ.get('REGION')", "'REGION' in os.environ")
    for way, observed in zip(ways, trial.each(*ways, REGION="Jatim-secret"), strict=True):
        assert observed.environment == {"project": ("REGION",), "libraries": ()}, way
        (sentence,) = trial.complaints(observed)
        assert sentence.startswith("REGION: ")
        assert "secret" not in sentence + json.dumps(observed.record())


def test_a_variable_that_decides_by_its_presence_is_read_as_well(trial: Trial) -> None:
    assert trial("'ABSENT' in os.environ").environment["project"] == ("ABSENT",)


@pytest.mark.parametrize(
    "ask", ["dict(os.environ)", "os.environ.copy()", "os.environ | {}", "list(os.environ.items())"]
)
def test_reading_the_whole_environment_is_one_complaint(trial: Trial, ask: str) -> None:
    observed = trial(ask)
    assert observed.environment["project"] == ("*",)
    (sentence,) = trial.complaints(observed)
    assert "whole environment" in sentence


def test_a_variable_that_a_library_reads_is_recorded_only(trial: Trial) -> None:
    observed = trial("import asking; asking.ask('REGION')")
    assert observed.environment == {"project": (), "libraries": ("REGION",)}
    assert trial.complaints(observed) == []


def test_the_environment_works_as_ever_while_it_is_watched_and_after(trial: Trial) -> None:
    trial(
        """
        import subprocess
        before = dict(os.environ)
        os.environ["NEW"] = "1"
        assert os.environ.copy() == before | {"NEW": "1"} == dict(os.environ.items())
        assert "NEW" in os.environ and "NO" not in os.environ and os.getenv("NO", "x") == "x"
        assert list(os.environ) == list(os.environ.keys()) and len(os.environ) == len(before) + 1
        show = [sys.executable, "-c", "import os; print(os.environ['NEW'])"]
        assert subprocess.run(show, capture_output=True, text=True).stdout == "1\\n"
        assert subprocess.run(show, env=os.environ, capture_output=True, text=True).stdout == "1\\n"
        assert subprocess.run(show, env=os.environ | {"NEW": "2"}, capture_output=True, text=True).stdout == "2\\n"
        assert os.environ.pop("NEW") == "1" and os.environ.pop("NEW", None) is None
        audit.stop()
        assert type(os.environ) is os._Environ and dict(os.environ) == before
        audit.start()
        """
    )


DRAWS = (
    ("import numpy; numpy.random.rand()", "numpy", "drawn"),
    ("import numpy; numpy.random.seed(1)", "numpy", "drawn"),
    ("import pandas; pandas.Series([1, 2]).sample(1)", "numpy", "drawn"),
    ("import numpy; numpy.random.default_rng().random()", "entropy", "project"),
    ("from numpy.random import default_rng; default_rng(seed=None)", "entropy", "project"),
    ("import random; random.shuffle([1, 2])", "python", "project"),
    ("from random import random; random()", "python", "project"),
)


def test_a_draw_without_a_seed_of_the_study_gets_a_sentence(trial: Trial) -> None:
    bodies = [body for body, _, _ in DRAWS]
    for (body, state, drawn), observed in zip(DRAWS, trial.each(*bodies), strict=True):
        assert observed.random == {"python": "unused", "numpy": "unused", "entropy": "unused", state: drawn}, body
        (sentence,) = trial.complaints(observed)
        assert "a seed of the study" in sentence


def test_generators_with_a_seed_are_no_complaint(trial: Trial) -> None:
    observed = trial(
        """
        import numpy, random, tempfile, uuid
        numpy.random.default_rng(1).random(); numpy.random.default_rng(seed=1).random()
        numpy.random.RandomState(1).rand(); random.Random(1).random()
        uuid.uuid4(); tempfile.mkdtemp()
        """
    )
    assert set(observed.random.values()) == {"unused"}


def test_draws_of_a_library_from_pythons_state_are_recorded_only(trial: Trial) -> None:
    library = trial.root / "library" / "site-packages" / "drawing.py"
    library.write_text("import random, numpy\nrandom.random()\nnumpy.random.default_rng()\n", encoding="utf-8")
    observed = trial("import drawing")
    assert observed.random == {"python": "libraries", "numpy": "unused", "entropy": "libraries"}
    assert trial.complaints(observed) == []


def test_no_module_of_the_project_reads_data_while_it_is_imported(trial: Trial) -> None:
    # Imports at the top of a script come before the audit of its job.
    observed = trial(
        """
        import importlib, pkgutil, dampak
        for module in pkgutil.walk_packages(dampak.__path__, "dampak."):
            importlib.import_module(module.name)
        """
    )
    assert [f for f in observed.files if not f.endswith(".py")] == []
    assert observed.folders == ()
    assert observed.environment["project"] == ()
    assert "project" not in observed.random.values()


def test_where_a_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "usr" / "project"
    for folder in ("data", ".venv/lib", "src/dampak"):
        (root / folder).mkdir(parents=True)
    (tmp_path / "store.csv").write_text("1", encoding="utf-8")
    (root / "data" / "linked.csv").symlink_to(tmp_path / "store.csv")
    (tmp_path / "way").symlink_to(root)
    # The project lies below one prefix and holds the other; its package is installed like a library's.
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "usr"))
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    installed = tmp_path / "site-packages" / "dampak"
    monkeypatch.setattr(places, "PACKAGE_FOLDER", installed)
    foreign = places.Places(root).foreign
    assert foreign(str(root / "data" / "linked.csv")) == "data/linked.csv"
    assert foreign(str(tmp_path / "way" / "data" / "raw.csv")) == "data/raw.csv"
    assert foreign(str(root / ".venv" / "lib" / "x.py")) is None
    assert foreign(str(root / ".snakemake" / "scripts" / "tmp1.clean.py")) is None
    assert foreign(str(tmp_path / "site-packages" / "numpy" / "x.py")) is None
    assert foreign(str(installed / "report" / "page.css")) == (installed / "report" / "page.css").as_posix()
    assert (
        foreign(str(tmp_path / "usr" / "project-other" / "x.csv")) == f"{tmp_path.as_posix()}/usr/project-other/x.csv"
    )


def test_two_processes_are_joined_and_survive_as_json() -> None:
    one = Observed(modules=("b",), files=("x",), random={"python": "libraries", "numpy": "drawn", "entropy": "unused"})
    two = Observed(modules=("a", "b"), environment={"project": ("V",), "libraries": ("W",)})
    both = one | two
    assert both.modules == ("a", "b")
    assert both == two | one
    assert both.random == {"python": "libraries", "numpy": "drawn", "entropy": "unused"}
    assert Observed.of(json.loads(json.dumps(both.record()))) == both


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


def test_the_kernel_of_a_notebook_is_audited_with_the_job_that_starts_it(tmp_path: Path, audit: Audit) -> None:
    write_study(tmp_path / "results")
    plain = notebook_stage(NSW, results=tmp_path / "results", study="survey", settings=SETTINGS)
    audit.start()
    watched = notebook_stage(NSW, results=tmp_path / "results", study="survey", settings=SETTINGS)
    observed = audit.stop()
    assert watched == plain
    assert "results/survey/tables/effects.csv" in observed.files
    assert "dampak.report.tables" in observed.modules
    assert observed.environment["project"] == ()
    assert str(tmp_path) not in json.dumps([f for f in observed.files if f.startswith("results")])


def test_what_a_cell_does_behind_the_pipelines_back_is_seen(tmp_path: Path, audit: Audit) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("1", encoding="utf-8")
    cell = f"import os, numpy\nopen({str(secret)!r}).read()\nos.environ.get('REGION')\nnumpy.random.rand();"
    code: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": cell,
    }
    notebook = tmp_path / "trial.ipynb"
    notebook.write_text(json.dumps({"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    audit.start()
    execute(notebook, results=tmp_path, study="survey", settings={})
    observed = audit.stop()
    assert observed.files == ("secret.csv", "trial.ipynb")
    assert observed.environment["project"] == ("REGION",)
    assert observed.random["numpy"] == "drawn"


def test_a_c_library_that_project_code_calls_reads_the_environment_for_itself() -> None:
    """No frame stands for C: `operator.getitem` here, pyarrow's conversion to pandas in the cleaning stage."""
    import operator
    import os

    from dampak.provenance.used.audit import _names_environment

    def calls_c(read: object) -> object:
        import sys

        return _names_environment(sys._getframe())

    def asks(name: str) -> object:
        import sys

        return os.environ.get(name) if name else _names_environment(sys._getframe())

    def asks_by_another_name(variables: object) -> object:
        import sys

        return _names_environment(sys._getframe())

    assert calls_c(operator.getitem) is False
    assert asks("") is True
    assert asks_by_another_name(os.environ) is True
