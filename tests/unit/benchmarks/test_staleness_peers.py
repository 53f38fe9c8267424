"""The benchmark against other tools is fair: every edit can be made for each tool, and each declares all it reads."""

import re
import sys
from pathlib import Path

import pytest
import yaml

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from toy_chain.edits import EDITS, Edit  # noqa: E402
from toy_chain.layout import STEPS  # noqa: E402
from toy_chain.suite import judge  # noqa: E402
from toy_chain.tools import Dampak, Everything, Pytask, Snakemake, Tool  # noqa: E402

CODE_AND_SETTINGS = [edit for edit in EDITS if edit.name.startswith(("code", "settings", "input"))]


@pytest.fixture(scope="module", params=[Everything, Dampak, Pytask, Snakemake], ids=lambda tool: tool.name)
def tool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    made: Tool = request.param(tmp_path_factory.mktemp("room"), Path(sys.prefix))
    made.lay_out(made.project())
    return made


def test_each_edit_of_the_sources_finds_its_text_in_the_files_of_each_tool(tool: Tool) -> None:
    project = tool.project()
    files = [project.folder / "data/raw.csv", project.folder / project.config]
    files += [project.folder / project.step_file(step) for step in STEPS]
    files += sorted((project.folder / project.package).glob("*.py"))
    before = {file: file.read_bytes() for file in files}
    for edit in CODE_AND_SETTINGS:
        edit.make(project)
        changed = [file for file in files if file.read_bytes() != before[file]]
        assert len(changed) == (0 if edit.name == "input touched" else 1), edit.name
        for file in changed:
            file.write_bytes(before[file])


def test_dvc_is_told_every_module_and_leaf_that_a_step_reads() -> None:
    stages = yaml.safe_load((BENCHMARKS / "toy_chain/dvc/dvc.yaml").read_text())["stages"]
    for step, (_, _, leaves, modules) in STEPS.items():
        assert sorted(stages[step]["params"][0]["config.yaml"]) == sorted(leaves)
        assert {f"src/toy/{module}.py" for module in modules} < set(stages[step]["deps"])


def test_the_snakefiles_name_the_leaves_that_a_step_reads() -> None:
    plain = (BENCHMARKS / "toy_chain/snakemake/Snakefile").read_text()
    own = (BENCHMARKS / "toy_chain/dampak/Snakefile").read_text()
    for step, (_, _, leaves, _) in STEPS.items():
        rule = plain.partition(f"rule {step}:")[2].partition("rule ")[0]
        read = {".".join(re.findall(r'\["(\w+)"\]', line)) for line in rule.splitlines() if "config[" in line}
        assert read == set(leaves)
        words = ", ".join(f'"{word}"' for word in (step, *leaves))
        assert f"stamp=stamped({words})," in own


def test_the_table_of_steps_names_the_modules_that_their_code_imports() -> None:
    project = BENCHMARKS / "toy_chain" / "project"

    def imported(file: Path) -> set[str]:
        found = set(re.findall(r"^from toy\.(\w+) import", file.read_text(), re.MULTILINE))
        return found.union(*(imported(project / "toy" / f"{name}.py") for name in found))

    for step, (_, _, _, modules) in STEPS.items():
        assert imported(project / "steps" / f"{step}.py") == set(modules)


def test_a_step_that_had_to_run_is_missed_unless_a_store_put_the_right_bytes_back() -> None:
    everything = set(STEPS)
    changed = Edit("code", ("estimate", "table"), lambda project: None)
    damaged = Edit("output", ("table",), lambda project: None, repair=True)
    outcome = judge(changed, ["estimate", "figure"], everything - {"table"}, 1.0)
    assert (outcome.missed, outcome.spurious, outcome.wrong) == (("table",), ("figure",), ("table",))
    assert judge(changed, [], everything, 1.0).missed == ("estimate", "table")
    assert judge(damaged, [], everything, 1.0).missed == ()
    assert judge(damaged, [], everything - {"table"}, 1.0).missed == ("table",)
