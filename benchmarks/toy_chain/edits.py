"""The edits, each with the steps that have to run after it: no more, no fewer."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace

from toy_chain.layout import STEPS, Project

ALL = tuple(STEPS)


@dataclass(frozen=True)
class Edit:
    """One change to a project that is up to date.

    Attributes
    ----------
    name
        What a person would say was done.
    must
        The steps that have to run.
    make
        Makes the change.
    repair
        The edit damages an output, and nothing that it is made of: the step is also done when the tool puts the right
        bytes back from a store of its own without running it.
    """

    name: str
    must: tuple[str, ...]
    make: Callable[[Project], object]
    repair: bool = False


def in_config(old: str, new: str) -> Callable[[Project], object]:
    """Return an edit of the settings file."""
    return lambda project: project.replace(project.config, old, new)


def in_step(step: str, old: str, new: str) -> Callable[[Project], object]:
    """Return an edit of the file that holds a step's function."""
    return lambda project: project.replace(project.step_file(step), old, new)


def in_module(module: str, old: str, new: str) -> Callable[[Project], object]:
    """Return an edit of a shared module."""
    return lambda project: project.replace(f"{project.package}/{module}.py", old, new)


def in_output(step: str, old: str, new: str, *, keep_time: bool) -> Callable[[Project], object]:
    """Return an edit by hand of an output, of the same length."""
    return lambda project: project.replace(project.target(step), old, new, keep_time=keep_time)


def reorder(project: Project) -> None:
    """Turn the settings upside down: the same leaves, the sections in the opposite order."""
    file = project.folder / project.config
    blocks: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith(" "):
            blocks[-1] += line
        else:
            blocks.append(line)
    file.write_text("".join(reversed(blocks)), encoding="utf-8")


def git(project: Project, *arguments: str) -> None:
    """Run git in the project's folder, with an author of its own."""
    author = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *author, *arguments], cwd=project.folder, check=True, capture_output=True)


def clone(project: Project) -> None:
    """Clone what git has into another folder, take the outputs there, and forget all that the tool hid elsewhere."""
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Results")
    origin = replace(project)
    project.folder = origin.folder.with_name("clone")
    git(origin, "clone", "--quiet", str(origin.folder), str(project.folder))
    for hidden in project.hidden:
        shutil.rmtree(hidden, ignore_errors=True)
    project.carry(origin, project)
    shutil.rmtree(origin.folder)


def clone_and_edit(project: Project) -> None:
    """Clone, then change a leaf before the first run."""
    clone(project)
    project.replace(project.config, "height: 320", "height: 360")


def move(project: Project) -> None:
    """Give the project's folder another name."""
    project.folder = project.folder.rename(project.folder.with_name("elsewhere"))


EDITS = (
    Edit("nothing", (), lambda project: None),
    Edit("input touched", (), lambda project: os.utime(project.folder / "data/raw.csv")),
    Edit("input: a row that counts", ALL, lambda p: p.replace("data/raw.csv", "\n6,1,46,1432.1", "\n6,1,46,1532.1")),
    Edit("input: a row that cleaning drops", ("clean",), lambda p: p.replace("data/raw.csv", "777.5", "888.5")),
    Edit("settings: order", (), reorder),
    Edit("settings: comment, quotes", (), in_config("heading: effect", 'heading: "effect" # of the programme')),
    Edit("settings: a leaf of one step", ("table",), in_config("heading: effect", "heading: gain")),
    Edit("settings: a leaf of two steps", ("figure", "table"), in_config("digits: 2", "digits: 1")),
    Edit(
        "settings: a leaf at the start", ("match", "estimate", "figure", "table"), in_config("caliper: 6", "caliper: 1")
    ),
    Edit(
        "settings: two values swapped",
        ("figure",),
        in_config("width: 480\n  height: 320", "width: 320\n  height: 480"),
    ),
    Edit("settings: a leaf that none reads", (), in_config("project: toy chain", "project: small chain")),
    Edit(
        "code: comment",
        (),
        in_step("estimate", "    effect = mean(gains)", "    # In Rp 1,000.\n    effect = mean(gains)"),
    ),
    Edit(
        "code: docstring", (), in_step("estimate", "of the pairs and its interval", "over the pairs, with its interval")
    ),
    Edit("code: formatting", (), in_step("match", "    pairs = []\n", "\n    pairs = [\n    ]\n")),
    Edit(
        "code: a step's function",
        ("estimate", "figure", "table"),
        in_step("estimate", "(spread / len(gains))", "(spread / (len(gains) - 1))"),
    ),
    Edit("code: same bytes after all", ("match",), in_step("match", "pairs = []", "pairs = list()")),
    Edit(
        "code: a shared function of one step",
        ("match", "estimate", "figure", "table"),
        in_module("numbers", 'float(right["age"]))', 'float(right["age"])) ** 2'),
    ),
    Edit("code: an unused shared function", (), in_module("numbers", "len(ordered) // 2]", "(len(ordered) - 1) // 2]")),
    Edit(
        "code: a helper of a helper",
        ("estimate", "figure", "table"),
        in_module("rounding", "round(value, 6)", "round(value, 1)"),
    ),
    Edit("code: a constant of two steps", ("figure", "table"), in_module("numbers", "Rp 1,000", "Rp 1000")),
    Edit("output deleted: last", ("figure",), lambda project: project.output("figure").unlink(), repair=True),
    Edit("output deleted: between", ("match",), lambda project: project.output("match").unlink(), repair=True),
    Edit("output altered: last", ("table",), in_output("table", "\neffect", "\nEFFECT", keep_time=False), repair=True),
    Edit("output altered: between", ("match",), in_output("match", "\n3,", "\n4,", keep_time=False), repair=True),
    Edit(
        "output altered: last, time kept",
        ("table",),
        in_output("table", "\neffect", "\nEFFECT", keep_time=True),
        repair=True,
    ),
    Edit(
        "output altered: between, time kept",
        ("match",),
        in_output("match", "\n3,", "\n4,", keep_time=True),
        repair=True,
    ),
    Edit("clone with outputs", (), clone),
    Edit("clone with outputs, then a leaf", ("figure",), clone_and_edit),
    Edit("folder moved", (), move),
)
