"""Detection: located text in, masked matches out. Detectors are data (`patterns/`), the engine runs them."""

from __future__ import annotations

from classifier.detect.allow import AllowLists, AllowRule, read_allow_list
from classifier.detect.detector import Detector, Normalize
from classifier.detect.engine import Classifier, ObjectScan, Tally
from classifier.detect.hashlist import HashList, made
from classifier.detect.health import HealthReader, SafeHarbor, letters_of, rules
from classifier.detect.keypairs import PAIR, TOKEN, KeyPairClassifier
from classifier.detect.library import content_hash, load_packs, select, shipped_packs, shipped_paths
from classifier.detect.lint import Complaint, complaints, failures
from classifier.detect.lists import NO_LISTS, Lists, seekers
from classifier.detect.mask import fingerprint
from classifier.detect.names import Names
from classifier.detect.revealing import Revealed, RevealingClassifier
from classifier.detect.traits import TraitReader, trait_words
from classifier.detect.vendors import Infos, named

__all__ = [
    "NO_LISTS",
    "PAIR",
    "TOKEN",
    "AllowLists",
    "AllowRule",
    "Classifier",
    "Complaint",
    "Detector",
    "HashList",
    "HealthReader",
    "Infos",
    "KeyPairClassifier",
    "Lists",
    "Names",
    "Normalize",
    "ObjectScan",
    "Revealed",
    "RevealingClassifier",
    "SafeHarbor",
    "Tally",
    "TraitReader",
    "complaints",
    "content_hash",
    "failures",
    "fingerprint",
    "letters_of",
    "load_packs",
    "made",
    "named",
    "read_allow_list",
    "rules",
    "seekers",
    "select",
    "shipped_packs",
    "shipped_paths",
    "trait_words",
]
