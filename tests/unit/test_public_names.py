"""The causal core can be used without Snakemake: `from dampak.match import nearest`."""

import subprocess
import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("package", ["dampak.match", "dampak.estimate"])
def test_every_public_name_is_a_documented_function_or_class(package: str) -> None:
    module = import_module(package)
    assert len(module.__all__) > 15
    for name in module.__all__:
        assert getattr(module, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nearset'"):
        module.nearset  # noqa: B018


def test_the_core_loads_neither_snakemake_nor_what_it_does_not_need() -> None:
    code = (
        "import sys; from dampak.match import nearest, logit_score; from dampak.estimate import weighted_difference;"
        "print([m for m in ('snakemake', 'sklearn', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
