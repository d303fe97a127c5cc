"""moto's server: the AWS-only APIs (STS, s3control, access points, storage classes) without AWS."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_PROGRAM = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def moto_server() -> Iterator[str]:
    """Run moto's server on a free port of the loopback interface; yield its address.

    It has a process of its own: moto keeps what it holds per process, and the demo has a moto, too. It ends
    when its standard input does, however the tests end.
    """
    server = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        assert port, "moto's server did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stdin.close()
        server.wait(30)
        server.stdout.close()
