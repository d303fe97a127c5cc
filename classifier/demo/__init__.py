"""An embedded S3 server with a seeded account: everything the scanner can show, without a cloud or keys."""

from classifier.demo.account import BUCKETS, Expectation, expected, seed
from classifier.demo.server import Credentials, DemoServer, embedded_server

__all__ = ["BUCKETS", "Credentials", "DemoServer", "Expectation", "embedded_server", "expected", "seed"]
