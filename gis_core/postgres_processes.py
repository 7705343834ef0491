"""The processes of a PostgreSQL cluster: run as its owner, and found again by the folder they work in."""

import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

from gis_core.errors import Unavailable


class Account(TypedDict, total=False):
    """Arguments of `subprocess.run` that run a program as another account; none where we are not root."""

    user: int
    group: int
    extra_groups: list[int]


def owner_account(cluster: Path) -> Account:
    """Arguments of `subprocess` that run a program as the owner of `cluster`; as root only, otherwise none."""
    if os.geteuid() != 0:
        return {}
    try:
        owner = pwd.getpwuid(cluster.stat().st_uid) if cluster.exists() else pwd.getpwnam("postgres")
    except KeyError:
        raise Unavailable(
            "PostgreSQL does not run as root, and there is no account 'postgres' on this machine. "
            "Install the package postgresql (docker/install.sh does) or run as another user."
        ) from None
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def run(account: Account, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """The finished process of `command`, with what it wrote to its error output."""
    # PG* variables would reach the server and its clients; English messages are searched and shown.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile("w+") as output:
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        done = subprocess.run(
            command, check=False, text=True, cwd="/", env={**clean, "LC_ALL": "C.UTF-8"}, umask=0o077,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output, **account,
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def postmaster(cluster: Path) -> int | None:
    """The process number of the server of `cluster`; a stranger with a reused number works in another folder."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if _leads_to(Path(f"/proc/{pid}/cwd"), cluster) else None


def processes(cluster: Path) -> list[int]:
    """The numbers of the processes that work in folder `cluster`: a server, or what a killed one left for a moment."""
    return [int(one.parent.name) for one in Path("/proc").glob("[0-9]*/cwd") if _leads_to(one, cluster)]


def _leads_to(link: Path, folder: Path) -> bool:
    try:
        return link.readlink() == folder
    except OSError:  # ended meanwhile, or another user's
        return False


def last_line(output: str) -> str:
    """The line of PostgreSQL's output that says what went wrong: the last FATAL one, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line[line.index("FATAL:") :] for line in lines if "FATAL:" in line]
    return (telling or lines or ["it gave no reason."])[-1]
