"""What the other servers are made of: environments from PyPI in `.tools/bench`, packages of Debian, built programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".tools" / "bench"


class Missing(Exception):
    """Why a server cannot take part."""


def environment(name: str, *requirements: str) -> Path:
    """The `bin` folder of an environment of its own with `requirements`; raises `Missing`."""
    folder, stamp = FOLDER / name, FOLDER / f"{name}.txt"
    wanted = "\n".join(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        uv = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        _run(uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), *requirements)
        stamp.write_text(wanted)
    return folder / "bin"


def debian(package: str, program: str) -> str:
    """The path of `program`, installed with `package` where it is absent; raises `Missing`."""
    if not Path(program).exists():
        as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        _run(*as_root, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package)
    return program


def built(name: str, advice: str) -> str:
    """The path of a program on the search path or in `.tools/bench/bin`; raises `Missing` with `advice`."""
    found = shutil.which(name, path=os.pathsep.join([str(FOLDER / "bin"), os.environ["PATH"]]))
    if found is None:
        raise Missing(f"not installed; '{advice}' builds it")
    return found


def go_install(name: str, module: str) -> str:
    """The path of program `name`, built by `go` where it is absent; raises `Missing`."""
    advice = f"go install {module}"
    if not (FOLDER / "bin" / name).exists() and shutil.which("go"):
        _run("go", "install", module, GOBIN=str(FOLDER / "bin"))
    return built(name, advice)


def _run(*command: str, **variables: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", **variables},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{' '.join(command)}: {error}") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"'{' '.join(command)}' failed: {words[-1] if words else done.returncode}")
