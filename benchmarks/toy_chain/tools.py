"""The tools: how each is set up for the toy chain, as its documentation recommends, and how it is run."""

import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from string import Template
from typing import ClassVar

from toy_chain.edits import git
from toy_chain.layout import STEPS, Project

HERE = Path(__file__).resolve().parent
SRC = HERE.parents[1] / "src"


class Tool(ABC):
    """One tool and its project.

    Parameters
    ----------
    room
        A folder of the tool's own.
    peers
        The environment that has DVC and pytask.
    """

    name: ClassVar[str]
    template: ClassVar[str]
    step_file: ClassVar[str]
    config: ClassVar[str] = "config.yaml"
    package: ClassVar[str] = "src/toy"
    results: ClassVar[str] = "results"
    ignored: ClassVar[tuple[str, ...]] = ("__pycache__/",)

    def __init__(self, room: Path, peers: Path) -> None:
        self.room, self.peers = room, peers
        self.log = room / "ran.txt"

    def project(self) -> Project:
        """Return the project at its usual place."""
        folder = self.room / "work" / "project"
        step_file = self.step_file
        return Project(
            folder, self.config, self.results, self.package, lambda step: step_file.format(step=step), self.carry
        )

    def lay_out(self, project: Project) -> None:
        """Write the project's sources, and put them under git."""
        project.folder.mkdir(parents=True)
        common = HERE / "project"
        for source, target in (("raw.csv", "data/raw.csv"), ("config.yaml", project.config)):
            (project.folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(common / source, project.folder / target)
        shutil.copytree(common / "toy", project.folder / project.package)
        for step in STEPS:
            file = project.folder / project.step_file(step)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.step_text(project, step), encoding="utf-8")
        (project.folder / ".gitignore").write_text("".join(f"{name}\n" for name in self.ignored), encoding="utf-8")
        git(project, "init", "--quiet")
        self.set_up(project)
        git(project, "add", "-A")
        git(project, "commit", "--quiet", "-m", "Toy chain")

    def step_text(self, project: Project, step: str) -> str:
        """Return the file that holds a step: its function, and what this tool needs to call it."""
        _, _, leaves, modules = STEPS[step]
        settings = ", ".join(f'"{leaf}": {self.read_leaf(leaf)}' for leaf in leaves)
        text = (HERE / self.template).read_text(encoding="utf-8")
        return Template(text).substitute(
            body=(HERE / "project" / "steps" / f"{step}.py").read_text(encoding="utf-8"),
            step=step,
            source=project.source(step),
            target=project.target(step),
            settings=f"{{{settings}}}",
            modules=", ".join(f'"{module}"' for module in modules),
        )

    def read_leaf(self, leaf: str) -> str:
        """Return the expression that reads a leaf of the settings in this tool's files."""
        return "config" + "".join(f'["{part}"]' for part in leaf.split("."))

    def set_up(self, project: Project) -> None:  # noqa: B027 (a tool may have no files of its own)
        """Add the tool's own files."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that brings the project up to date."""

    def carry(self, origin: Project, copy: Project) -> None:
        """Take the outputs to a clone: as files, with their times, as `tar` does."""
        for step in STEPS:
            copy.output(step).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin.output(step), copy.output(step))

    def environment(self, project: Project) -> dict[str, str]:
        """Return the environment variables that the command runs with."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "PYTHON", "VIRTUAL_"))}
        binaries = str(self.peers / "bin")
        return own | {
            "PATH": f"{binaries}{os.pathsep}{own['PATH']}",
            "PYTHONPATH": f"{project.folder / 'src'}{os.pathsep}{HERE / 'harness'}",
            "TOY_CHAIN_LOG": str(self.log),
        }

    def run(self, project: Project) -> list[str]:
        """Bring the project up to date; return the steps that ran, in their order.

        Raises
        ------
        RuntimeError
            When the tool fails; with what it printed.
        """
        self.log.write_text("", encoding="utf-8")
        environment = self.environment(project)
        done = subprocess.run(self.command(), cwd=project.folder, env=environment, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{self.name} failed in {project.folder}:\n{(done.stdout + done.stderr)[-3000:]}")
        return self.log.read_text(encoding="utf-8").split()


class Everything(Tool):
    """No tool at all: every step, every time. What is right, and the price of running it all."""

    name = "every step, every time"
    template = "dvc/stage.py.txt"
    step_file = "stages/{step}.py"
    ignored = ("__pycache__/", "results/")

    def command(self) -> list[str]:
        """Run the scripts one after the other."""
        return ["sh", "-ec", "\n".join(f"python {self.step_file.format(step=step)}" for step in STEPS)]


class Dvc(Tool):
    """DVC: `dvc.yaml` names each stage's script, the modules that it imports, its leaves; `dvc.lock` is in git."""

    name = "DVC"
    template = "dvc/stage.py.txt"
    step_file = "stages/{step}.py"

    def project(self) -> Project:
        """Return the project; DVC keeps its database of file hashes outside it."""
        project = super().project()
        project.hidden.append(self.room / "work" / "site")
        return project

    def set_up(self, project: Project) -> None:
        """Run `dvc init`: no reports to its makers, and its machine-wide database in this benchmark's folder."""
        shutil.copy(HERE / "dvc" / "dvc.yaml", project.folder)
        settings = {"core.analytics": "false", "core.check_update": "false"}
        settings["core.site_cache_dir"] = str(project.folder.parent / "site")
        self._dvc(project, "init", "--quiet")
        for name, value in settings.items():
            self._dvc(project, "config", name, value)
        self._dvc(project, "remote", "add", "--default", "store", str(project.folder.parent / "store"))

    def carry(self, origin: Project, copy: Project) -> None:
        """`dvc push` and `dvc pull`: copied as mere files, outputs that are not in DVC's cache are all made anew."""
        self._dvc(origin, "push", "--quiet")
        self._dvc(copy, "pull", "--quiet")

    def _dvc(self, project: Project, *arguments: str) -> None:
        command = [str(self.peers / "bin" / "dvc"), *arguments]
        subprocess.run(command, cwd=project.folder, env=self.environment(project), check=True, capture_output=True)

    def command(self) -> list[str]:
        """`dvc repro`."""
        return [str(self.peers / "bin" / "dvc"), "repro"]


class Pytask(Tool):
    """pytask: the step's functions in its task module; shared modules as `Path` dependencies, settings hashed."""

    name = "pytask"
    template = "pytask/task.py.txt"
    step_file = "tasks/task_{step}.py"
    ignored = ("__pycache__/", ".pytask/", "results/")

    def set_up(self, project: Project) -> None:
        """Add the project's settings for pytask, and the module that its tutorial calls `config.py`."""
        shutil.copy(HERE / "pytask" / "pyproject.toml", project.folder)
        shutil.copy(HERE / "pytask" / "project.py", project.folder / project.package)

    def command(self) -> list[str]:
        """`pytask`."""
        return [str(self.peers / "bin" / "pytask")]


class Snakemake(Tool):
    """Snakemake with its default settings: a rule per step, its script, its leaves as params."""

    name = "Snakemake"
    template = "snakemake/script.py.txt"
    step_file = "workflow/scripts/{step}.py"
    ignored = ("__pycache__/", ".snakemake/", "results/")

    def read_leaf(self, leaf: str) -> str:
        """Params are named by the last part of the leaf."""
        return f"snakemake.params.{leaf.rpartition('.')[2]}"

    def set_up(self, project: Project) -> None:
        """Add the Snakefile where Snakemake looks for it."""
        (project.folder / "workflow" / "Snakefile").write_text(self.snakefile(), encoding="utf-8")

    def snakefile(self) -> str:
        """Return the text of the Snakefile."""
        return (HERE / "snakemake" / "Snakefile").read_text(encoding="utf-8")

    def command(self) -> list[str]:
        """`snakemake`, on one core as the others run."""
        return [sys.executable, "-m", "snakemake", "--cores", "1"]


class SnakemakeModules(Snakemake):
    """Snakemake, where a careful user also lists the shared modules as inputs of each rule."""

    name = "Snakemake, modules as inputs"

    def snakefile(self) -> str:
        """Return the Snakefile with one more line for each shared module."""
        text = super().snakefile()
        for step, (_, _, _, modules) in STEPS.items():
            head, rule, tail = text.partition(f"rule {step}:")
            lines = "".join(f'        "src/toy/{module}.py",\n' for module in modules)
            text = head + rule + tail.replace("    output:\n", f"{lines}    output:\n", 1)
        return text


class Dampak(Tool):
    """dampak: its package in the project, the steps inside it, its profile, `dampak.lock` in git."""

    name = "dampak"
    template = "project/steps/{step}.py"
    step_file = "src/dampak/toy/steps/{step}.py"
    config = "config/studies/toy.yaml"
    package = "src/dampak/toy"
    results = "results/toy"
    ignored = ("__pycache__/", ".snakemake/", "results/")

    def step_text(self, project: Project, step: str) -> str:
        """Return the module of a step: the package follows imports of its own only."""
        return _in_package((HERE / "project" / "steps" / f"{step}.py").read_text(encoding="utf-8"))

    def set_up(self, project: Project) -> None:
        """Copy the package, put the toy steps in it, and add the shims, the Snakefile and the profile."""
        folder = project.folder
        shutil.copytree(
            SRC, folder / "src", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
        for file in (folder / self.package).glob("*.py"):
            file.write_text(_in_package(file.read_text(encoding="utf-8")), encoding="utf-8")
        (folder / self.package / "steps" / "__init__.py").write_text('"""The steps."""\n', encoding="utf-8")
        shutil.copytree(SRC.parent / "profiles", folder / "profiles")
        shutil.copy(HERE / "dampak" / "Snakefile", folder)
        (folder / "config" / "config.yaml").write_text("default_studies: [toy]\n", encoding="utf-8")
        shim = Template((HERE / "dampak" / "script.py.txt").read_text(encoding="utf-8"))
        for step in STEPS:
            file = folder / "workflow" / "scripts" / f"{step}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(shim.substitute(step=step), encoding="utf-8")

    def command(self) -> list[str]:
        """What `dampak run` does."""
        return [sys.executable, str(HERE / "harness" / "run_dampak.py")]


def _in_package(text: str) -> str:
    return text.replace("from toy.", "from dampak.toy.")


TOOLS: tuple[type[Tool], ...] = (Everything, Dampak, Dvc, Pytask, Snakemake, SnakemakeModules)
