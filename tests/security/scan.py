"""Attacks a server of its own on the generated city with wapiti, sqlmap and schemathesis; exits by what they find.

  .venv/bin/python tests/security/scan.py [--seconds 120] [wapiti] [sqlmap] [schemathesis]

Each tool works twice: as anybody, and with the application password of an operator. Nothing but 127.0.0.1 is asked.
"""

import argparse
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gis_core.accounts import add_account
from gis_core.credentials import add_credential
from gis_core.postgres import owner
from gis_core.settings import Settings

PROGRAMS = Path(sys.executable).parent
WAPITI_MODULES = "sql,xss,permanentxss,file,exec,crlf,redirect,xxe"
WAPITI_FEWEST = 20
"""Addresses and forms; a crawl that found fewer says nothing."""
ITEMS = "/ogc/collections/places/items"
INJECTABLE = (
    f"{ITEMS}?name=Ho*&limit=5",
    f"{ITEMS}?filter=name*='x'&limit=5",
    f"{ITEMS}?bbox=108.4,11.9,108.5,12.0*&limit=5",
    f"{ITEMS}?sortby=name*&limit=5",
    f"{ITEMS}?properties=name*&limit=5",
    f"{ITEMS}?datetime=2025-07-01*&limit=5",
    f"{ITEMS}/1*",
    "/ogc/collections/places*/items?limit=5",
    "/ogc/tiles/WebMercatorQuad/14/7644/13127*?collections=places",
)
"""What sqlmap tries to break out of, at the stars."""


@dataclass(frozen=True)
class Target:
    """A running server: where, and the headers of who asks (none: anybody)."""

    root: str
    folder: Path
    headers: dict[str, str]

    @property
    def asker(self) -> str:
        return "operator" if self.headers else "anybody"


@dataclass(frozen=True)
class Outcome:
    """What a tool did, in its own figures, and what it found."""

    done: str
    findings: list[str]


def main() -> int:
    tools: dict[str, Callable[[Target, int], Outcome]] = {
        "wapiti": wapiti, "sqlmap": sqlmap, "schemathesis": schemathesis
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=", ".join(tools))
    parser.add_argument("--seconds", type=int, default=120, help="the most that a tool may take for each asker")
    asked = parser.parse_args()
    if unknown := set(asked.tools) - set(tools):
        parser.error(f"unknown tool: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server is stopped also where this is ended
    found = 0
    with served() as targets:
        for name in asked.tools or tools:
            for target in targets:
                outcome = tools[name](target, asked.seconds)
                found += len(outcome.findings)
                print(f"{name} as {target.asker}: {outcome.done}; {len(outcome.findings)} found", flush=True)
                print("".join(f"  {one}\n" for one in outcome.findings), end="", flush=True)
    return 1 if found else 0


@contextmanager
def served() -> Iterator[list[Target]]:
    """A server on the generated city in a folder of its own, as anybody and as an operator."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="langbiang-scan-") as name:
        folder, root = Path(name) / "data", f"http://127.0.0.1:{port}"
        Path(name).chmod(0o755)  # the account `postgres` has to reach its cluster in it
        command = [PROGRAMS / "langbiang", "up", "--city", "demo", "--port", str(port), "--data", folder, "--detach"]
        environment = os.environ | {"LANGBIANG_REQUESTS_PER_MINUTE": "10000000"}
        try:
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=300)
            login = {"Authorization": "Basic " + base64.b64encode(_password(folder).encode()).decode()}
            yield [Target(root, Path(name), {}), Target(root, Path(name), login)]
        finally:
            subprocess.run([PROGRAMS / "langbiang", "down", "--data", folder], check=True, stdout=subprocess.DEVNULL)


def _password(folder: Path) -> str:
    with owner(Settings(data=folder)) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            account = add_account(connection, "operator.scan", "operator", (), "mật khẩu đủ dài cho thử nghiệm")
            return f"{account.name}:{add_credential(connection, account, 'application_password', 'scan', 'write')}"


def wapiti(target: Target, seconds: int) -> Outcome:
    """What Debian's wapiti finds by following links from the map and from the API's pages."""
    report = target.folder / f"wapiti-{target.asker}.json"
    command = [
        "wapiti", "--url", f"{target.root}/", "--start", f"{target.root}/ogc/?f=html", "--scope", "domain",
        "--module", WAPITI_MODULES, "--max-scan-time", str(seconds // 2), "--max-attack-time", str(seconds // 10),
        "--max-links-per-page", "20", "--max-files-per-dir", "10", "--depth", "5", "--timeout", "10",
        "--no-bugreport", "--flush-session", "--store-session", str(target.folder), "--format", "json",
        "--output", str(report), *_headers(target, "--header"),
    ]  # fmt: skip
    printed = _run(command, 3 * seconds)
    if not report.exists():
        return Outcome("no report", [printed[-500:]])
    found = json.loads(report.read_text("utf-8"))
    pages = re.search(r"found (\d+) URLs and forms", printed)
    findings = [
        f"{kind}: {one['method']} {one['path']} {one['info']}"
        for group in ("vulnerabilities", "anomalies") for kind, several in found[group].items() for one in several
    ]  # fmt: skip
    if not pages or int(pages[1]) < WAPITI_FEWEST:
        return Outcome("hardly anything crawled", [*findings, printed[-500:]])
    return Outcome(f"{pages[1]} addresses and forms, modules {WAPITI_MODULES}", findings)


def sqlmap(target: Target, seconds: int) -> Outcome:
    """What Debian's sqlmap finds at the parameters and parts of paths that become SQL."""
    findings, tried = [], 0
    for address in INJECTABLE:
        command = [
            "sqlmap", "--url", target.root + address, "--batch", "--level", "2", "--risk", "1", "--dbms", "PostgreSQL",
            "--technique", "BEUS", "--threads", "2", "--flush-session", "--disable-coloring", "--ignore-code", "*",
            "--output-dir", str(target.folder / "sqlmap"), *_headers(target, "--header"),
        ]  # fmt: skip
        printed = _run(command, seconds)
        tried += 1
        if "do not appear to be injectable" not in printed:
            findings.append(f"{address}: {printed[-300:]}")
    return Outcome(f"{tried} places tried at level 2", findings)


def schemathesis(target: Target, seconds: int) -> Outcome:
    """Which operations of the OpenAPI document answer 500 to what schemathesis makes up."""
    command = [
        str(PROGRAMS / "schemathesis"), "run", f"{target.root}/ogc/openapi", "--checks", "not_a_server_error",
        "--max-time", str(seconds), "--max-examples", "50", "--workers", "2", "--no-color", "--warnings", "off",
        "--request-timeout", "30", "--generation-database", "none", "--continue-on-failure",
        *_headers(target, "--header"),
    ]  # fmt: skip
    printed = _run(command, 3 * seconds)
    findings = re.findall(r"^_+ (.+?) _+$", printed, re.MULTILINE)
    counted = re.search(r"(\d+) generated", printed)
    if not counted and not findings:
        return Outcome("no summary", [printed[-500:]])
    return Outcome(f"{counted[1] if counted else '?'} cases", [one for one in findings if "===" not in one])


def _headers(target: Target, option: str) -> list[str]:
    return [word for name, value in target.headers.items() for word in (option, f"{name}: {value}")]


def _run(command: list[str], seconds: int) -> str:
    """What the command prints; it is ended where it takes longer."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return f"did not end within {seconds} s: {late.stdout[-2000:] if late.stdout else ''}"
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
