"""Write a copy of a text to standard output, with what is found in it replaced by its type."""

import sys
from pathlib import Path

from classifier import presidio

print(presidio.redacted(Path(sys.argv[1]).read_text("utf-8")), end="")
