"""What `import classifier` offers."""

import subprocess
import sys

import pytest

import classifier


@pytest.mark.parametrize("name", classifier.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(classifier, name) is not None


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = classifier.no_such_name


def test_classify_masks() -> None:
    number = "-".join(("536", "22", "8726"))
    (match,) = classifier.classify(f"SSN {number}".encode())
    assert match.detector == "USA_SOCIAL_SECURITY_NUMBER"
    assert number not in repr(match)
    assert (match.location.byte_start, match.location.byte_end) == (4, 15)


def test_the_nouns_stand_alone() -> None:
    program = "import sys, classifier.model; print([m for m in sys.modules if m.startswith('classifier.')])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['classifier.model']"
