"""The prescribed package names are common words: they must mean this repository and nothing else."""

import importlib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["gis_core", "layers", "tiles", "etl", "api"])
def test_a_package_name_resolves_inside_the_repository_and_belongs_to_no_other_distribution(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).is_relative_to(ROOT)
    assert set(packages_distributions().get(name, [])) <= {"langbiang"}
