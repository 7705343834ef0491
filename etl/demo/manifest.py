"""The manifest of a generated city: what the loader reads, in which order."""

from collections.abc import Mapping
from pathlib import Path

SOURCE = "demo"


def write_manifest(
    folder: Path, files: Mapping[str, str], centre: tuple[float, float], terrain: str | None = None
) -> None:
    """Write `city.toml` into `folder`: a title, the `centre` (longitude, latitude), and `files` by layer, in load order."""
    lines = ['title = {vi = "Thành phố mẫu", en = "Demo city"}', f"centre = [{centre[0]}, {centre[1]}]"]
    if terrain:
        lines.append(f'terrain = "{terrain}"')
    for layer, file in files.items():
        lines += ["", "[[load]]", f'layer = "{layer}"', f'file = "{file}"', f'source = "{SOURCE}"']
    (folder / "city.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
