"""The code lists of the city, one CSV file each; a city adds its own rows in table `platform.code`."""

from pathlib import Path

from gis_core.codes import CodeList, read_codes


def codes(name: str) -> CodeList:
    """The code list in `layers/codes/<name>.csv`."""
    return read_codes(Path(__file__).parent / f"{name}.csv")
