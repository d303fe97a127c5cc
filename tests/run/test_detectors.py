"""The library's `classify`: fingerprints that nobody can look a value up by."""

import subprocess
import sys

from classifier.run import detectors

MAIL = ("ada.lovelace@" + "larkfield-co.com").encode()
PROGRAM = "import sys; from classifier import classify; print(classify(sys.argv[1].encode())[0].fingerprint)"


def test_the_key_is_a_processs_own() -> None:
    (one,) = detectors.classify(MAIL)
    (again,) = detectors.classify(b"to " + MAIL)
    (known,) = detectors.classify(MAIL, key=bytes(32))
    assert one.fingerprint == again.fingerprint != known.fingerprint
    other = subprocess.run(
        [sys.executable, "-c", PROGRAM, MAIL.decode()], capture_output=True, check=True, text=True
    ).stdout.strip()
    assert other not in (one.fingerprint, known.fingerprint)
    assert len(other) == len(one.fingerprint)
