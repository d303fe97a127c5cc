"""A server of canned ListObjectsV2 pages, in a process of its own: a bucket of any number of keys, at no
cost.

The bucket is flat or has folders; the pages are made as they are asked for, in the shape that S3 writes.
"""

from __future__ import annotations

import multiprocessing
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, quote, urlsplit

_PAGE = 1_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'


def _when(number: int) -> str:
    day = f"2026-{number // 7 % 12 + 1:02}-{number % 28 + 1:02}"
    return f"{day}T{number % 24:02}:{number // 3 % 60:02}:{number % 60:02}.000Z"


class _Bucket:
    """Keys `data/000/000000000.json`: `folders` of them, `keys` in all."""

    def __init__(self, keys: int, folders: int) -> None:
        self.keys = keys
        self.each = -(-keys // folders)
        self._bodies: dict[tuple[int, int], bytes] = {}

    def key(self, number: int) -> str:
        return f"data/{number // self.each:05}/{number:010}.json"

    def number(self, after: str) -> int:
        """The first key that is greater than `after`."""
        low, high = 0, self.keys
        while low < high:
            middle = (low + high) // 2
            if self.key(middle) > after:
                high = middle
            else:
                low = middle + 1
        return low

    def page(self, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        most = int(query.get("max-keys", _PAGE))
        first = self.number(after) if after else 0
        if prefix:
            first = max(
                first, self.number(prefix[:-1] + chr(ord(prefix[-1]) - 1) + "\uffff") if prefix else 0
            )
            while first < self.keys and self.key(first) < prefix:
                first += 1
        if delimiter:
            return self._folders(prefix, after)
        rows: list[str] = []
        number = first
        while number < self.keys and len(rows) < most:
            key = self.key(number)
            if not key.startswith(prefix):
                break
            rows.append(
                f"<Contents><Key>{quote(key)}</Key><LastModified>{_when(number)}</LastModified>"
                f"<ETag>&quot;{number:032x}&quot;</ETag><Size>{number % 9000}</Size>"
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
            number += 1
        more = number < self.keys and self.key(number).startswith(prefix)
        token = f"<NextContinuationToken>{self.key(number - 1)}</NextContinuationToken>" if more else ""
        return (
            f"{_HEAD}<Name>canned</Name><Prefix>{prefix}</Prefix><KeyCount>{len(rows)}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}"
            f"</IsTruncated>{token}{''.join(rows)}</ListBucketResult>"
        ).encode()

    def _folders(self, prefix: str, after: str) -> bytes:
        depth = prefix.count("/")
        if depth == 0:
            found = ["data/"]
        elif depth == 1:
            found = [f"data/{n:05}/" for n in range(-(-self.keys // self.each))]
        else:
            return self.page({"prefix": prefix, "start-after": after})
        found = [name for name in found if name.startswith(prefix) and name > after]
        more, found = len(found) > _PAGE, found[:_PAGE]
        token = f"<NextContinuationToken>{found[-1]}</NextContinuationToken>" if more else ""
        rows = "".join(f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>" for name in found)
        return (
            f"{_HEAD}<Name>canned</Name><Prefix>{prefix}</Prefix><KeyCount>{len(found)}</KeyCount>"
            f"<MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        ).encode()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def _serve(keys: int, folders: int, port: multiprocessing.Queue[int]) -> None:
    bucket = _Bucket(keys, folders)
    template: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = template.get(self.path) or bucket.page(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - named by http.server

        def log_message(self, *_: object) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        port.put(server.server_address[1])
        server.serve_forever()


@contextmanager
def canned(keys: int, folders: int = 1) -> Iterator[str]:
    """Serve a bucket of so many keys in so many folders; yield the server's address."""
    context = multiprocessing.get_context("spawn")
    port: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_serve, args=(keys, folders, port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()
