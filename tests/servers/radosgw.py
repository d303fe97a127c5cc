"""A one-node Ceph object gateway: a real S3 server with users, ACLs, policies and anonymous requests.

`Radosgw.start()` starts a supervisor process, which starts monitor, store (in memory) and gateway on free
ports of the loopback interface in a folder of their own, and ends them when the owner process (pytest, or the
controller of its workers) ends, however it ends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

BINARIES = ("ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin")
START_SECONDS = 120


@dataclass(frozen=True)
class User:
    name: str
    access_key: str
    secret_key: str


@dataclass(frozen=True)
class Radosgw:
    """A running gateway. `kms_key` is the name of a key that SSE-KMS can use."""

    endpoint: str
    alice: User
    bob: User
    kms_key: str

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Radosgw:
        value = json.loads(path.read_text())
        return cls(value["endpoint"], User(**value["alice"]), User(**value["bob"]), value["kms_key"])

    def answers(self) -> bool:
        return _answers(self.endpoint)


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [name for name in BINARIES if shutil.which(name) is None]


def start(owner: int) -> Radosgw:
    """Start a gateway that lives as long as the process `owner`, and return it when it answers."""
    folder = Path(tempfile.mkdtemp(prefix="rgw-"))
    log = folder / "supervisor.log"
    with log.open("wb") as out:
        supervisor = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    ready = folder / "ready.json"
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        if supervisor.poll() is not None or time.monotonic() > deadline:
            if supervisor.poll() is None:
                supervisor.terminate()
            raise RuntimeError(f"radosgw did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)
    supervisor.returncode = 0  # it outlives this object on purpose
    return Radosgw.load(ready)


class _Supervisor:
    """Runs the three daemons of one gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "ceph.conf"
        self.keyring = folder / "keyring"
        self.daemons: list[subprocess.Popen[bytes]] = []
        mon, gateway = _free_ports(2)
        self.mon_address = f"v2:127.0.0.1:{mon}"
        self.endpoint = f"http://127.0.0.1:{gateway}"
        self.fsid = str(uuid.uuid4())
        self.kms_key = "testkey-1"
        for name in ("mon", "osd"):
            (folder / name).mkdir()
        self.conf.write_text(self._configuration(gateway))

    def _configuration(self, gateway: int) -> str:
        """Return the settings (https://docs.ceph.com/en/pacific/rados/configuration/).

        X-Forwarded-For and X-Forwarded-Proto are believed, so that a test can set aws:SourceIp and
        aws:SecureTransport; SSE-C and SSE-KMS are allowed over http.
        """
        folder = self.folder
        kms_secret = base64.b64encode(secrets.token_bytes(32)).decode()
        return f"""
[global]
fsid = {self.fsid}
mon host = [{self.mon_address}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {self.keyring}
run dir = {folder}
crash dir = {folder}
log file = {folder}/$name.log
admin socket =
debug none = 0/0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 0
mon data avail warn = 0
[mon]
mon data = {folder}/mon
mon initial members = a
[osd]
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
osd max object name len = 2048
[client]
rgw frontends = beast endpoint=127.0.0.1:{gateway} tcp_nodelay=1
rgw dns name = localhost
rgw thread pool size = 32
rgw enable static website = true
rgw enable apis = s3, sts, iam, admin
rgw enable usage log = false
rgw enable ops log = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = {self.kms_key}={kms_secret}
rgw remote addr param = HTTP_X_FORWARDED_FOR
rgw trust forwarded https = true
"""

    def start(self) -> None:
        keys, monmap = str(self.keyring), str(self.folder / "monmap")
        self._run(
            "ceph-authtool", "--create-keyring", keys, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"
        )
        for name in ("client.admin", "client.rgw", "osd.0"):
            caps = [word for daemon in ("mon", "osd", "mgr") for word in ("--cap", daemon, "allow *")]
            self._run("ceph-authtool", keys, "--gen-key", "-n", name, *caps)
        self._run(
            "monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", f"[{self.mon_address}]", monmap
        )
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keys)
        self._spawn("ceph-mon", "-f", "-i", "a")
        self._wait("the monitor", lambda: self._ceph("mon", "stat").returncode == 0)
        osd = str(uuid.uuid4())
        self._run("ceph", "--connect-timeout", "20", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._spawn("ceph-osd", "-f", "-i", "0")
        self._wait("the store", lambda: b" 1 up" in self._ceph("osd", "stat").stdout)
        self._spawn("radosgw", "-f", "-n", "client.rgw")
        self._wait("the gateway", lambda: _answers(self.endpoint))
        alice, bob = self._user("alice"), self._user("bob")
        Radosgw(self.endpoint, alice, bob, self.kms_key).save(self.folder / "new.json")
        (self.folder / "new.json").rename(self.folder / "ready.json")

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _user(self, name: str) -> User:
        user = User(name, secrets.token_hex(10).upper(), secrets.token_hex(20))
        self._run(
            "radosgw-admin", "user", "create", "--uid", name, "--display-name", name,
            "--access-key", user.access_key, "--secret-key", user.secret_key,
        )  # fmt: skip
        return user

    def _run(self, program: str, *arguments: str) -> None:
        config = [] if program in ("ceph-authtool", "monmaptool") else ["-c", str(self.conf)]
        subprocess.run([program, *config, *arguments], check=True, stdout=subprocess.DEVNULL)

    def _ceph(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["ceph", "-c", str(self.conf), "--connect-timeout", "10", *arguments]
        return subprocess.run(command, capture_output=True, check=False)

    def _spawn(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.out").open("wb") as out:
            self.daemons.append(
                subprocess.Popen(
                    [program, "-c", str(self.conf), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                )
            )

    def _wait(self, what: str, ready: object) -> None:
        assert callable(ready)
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.daemons[-1].poll() is not None or time.monotonic() > deadline:
                tail = Path(f"{self.folder}/{Path(str(self.daemons[-1].args[0])).name}.out")
                raise RuntimeError(f"{what} did not start: {tail.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(endpoint, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextlib.contextmanager
def _until_terminated() -> Iterator[int]:
    """Yield a file descriptor that becomes readable when this process is told to end."""
    read, write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(write, b"x"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, whose end is then seen
    yield read


def main(folder: str, owner: str) -> None:
    """Run a gateway in `folder` until process `owner` ends."""
    watched = os.pidfd_open(int(owner))
    with _until_terminated() as told:
        gateway = _Supervisor(Path(folder))
        try:
            gateway.start()
            select.select([watched, told], [], [])
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
