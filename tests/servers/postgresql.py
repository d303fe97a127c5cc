"""A PostgreSQL server of Debian's package: a cluster of its own in a folder, on a free port, without sync.

`start()` starts a supervisor process, which ends the server when the owner process (pytest, or the controller
of its workers) ends, however it ends. PostgreSQL does not run as root: as `postgres` or `nobody`, then.
"""

from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START_SECONDS = 60
USER = "classifier"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40")


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, None where there is none (Debian keeps it off the PATH)."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def start(owner: int) -> str:
    """Start a server that lives as long as the process `owner`; return its URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    log = folder / "supervisor.log"
    with log.open("wb") as out:
        supervisor = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    ready = folder / "ready"
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)
    supervisor.returncode = 0  # it outlives this object on purpose
    return ready.read_text()


def _serve(folder: Path, owner: int) -> None:
    programs = binaries()
    assert programs is not None
    user = None if os.getuid() else _other_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        cwd=folder,
        **as_user,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = [word for option in _FAST for word in ("-c", option)]
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, *told],
        cwd=folder,
        **as_user,
    )
    watched = os.pidfd_open(owner)
    read, write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(write, b"x"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while (
            server.poll() is None
            and subprocess.run(
                [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
            ).returncode
        ):
            time.sleep(0.05)
        new = folder / "new"
        new.write_text(f"postgresql://{USER}@127.0.0.1:{port}")
        new.rename(folder / "ready")
        select.select([watched, read], [], [])
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody")


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
