"""Which keys are asked about, and what becomes of the answer."""

from __future__ import annotations

import pytest

from classifier.detect import PAIR, TOKEN, KeyPairClassifier, select, shipped_packs
from classifier.model import AccessKey, Chunk, Field, Location, Occurrence, Verification
from tests.servers.sts import access_key

LIVE = Verification("live", account="210987654321", principal_type="User")
NOBODY = Verification("rejected", "InvalidClientTokenId")
NO_ANSWER = Verification("unknown", "EndpointConnectionError")


class Asked(list[AccessKey]):
    """Answers by secret; the keys it was asked about, in order."""

    def __init__(self, answers: dict[str, Verification]) -> None:
        super().__init__()
        self.answers = answers

    def __call__(self, key: AccessKey) -> Verification:
        self.append(key)
        return self.answers.get(key.id, NOBODY)

    @property
    def ids(self) -> list[str]:
        return [key.id for key in self]


class Whole:
    """The locator of a text that is the whole object."""

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: object) -> None:
        return None


def occurrences(text: str, asked: Asked, *, most: int = 0) -> list[Occurrence]:
    """The key pairs located in a text."""
    packs = shipped_packs()
    classifier = KeyPairClassifier(
        select(packs, "AWS_ACCESS_KEY_ID,AWS_CREDENTIALS,AWS_CREDENTIAL_PAIR"),
        b"k" * 16,
        most,
        in_names=(),
        token=select(packs, TOKEN)[0],
        ask=asked,
    )
    scan = classifier.object()
    data = text.encode()
    scan.feed(Chunk(None, "text", data, 0, len(data), Whole()))
    return [o for tally in scan.result() if tally.detector.id == PAIR for o in tally.occurrences]


def profile(key: AccessKey, name: str = "default") -> str:
    token = f"aws_session_token = {key.token}\n" if key.token else ""
    return f"[{name}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n{token}"


def test_the_pair_is_asked_about_as_it_stands() -> None:
    key = access_key()
    asked = Asked({key.id: LIVE})
    (found,) = occurrences(f"x = 1\n{profile(key)}y = 2\n", asked)
    assert asked == [key]
    assert (found.verification, found.confidence) == (LIVE, 1.0)


@pytest.mark.parametrize("answer", [NOBODY, NO_ANSWER], ids=lambda answer: answer.status)
def test_only_a_live_key_is_more_certain(answer: Verification) -> None:
    key = access_key()
    (found,) = occurrences(profile(key), Asked({key.id: answer}))
    assert found.verification == answer
    assert found.confidence < 1.0


@pytest.mark.parametrize("secret_first", [False, True])
def test_of_several_ids_the_nearest_is_asked_about_first(secret_first: bool) -> None:
    keys = [access_key() for _ in range(3)]
    if secret_first:
        text = "".join(f"[x]\naws_secret_key={k.secret}\naws_access_key_id={k.id}\n" for k in keys)
    else:
        text = "".join(map(profile, keys))
    asked = Asked({key.id: LIVE for key in keys})
    found = occurrences(text, asked)
    assert asked == keys
    assert [o.verification for o in found] == [LIVE] * 3


def test_another_id_is_tried_where_the_nearest_is_not_the_secrets() -> None:
    owner, other = access_key(), access_key()
    text = f"aws_access_key_id={owner.id}\n{other.id}\naws_secret_access_key={owner.secret}\n"
    asked = Asked({owner.id: LIVE})
    (found,) = occurrences(text, asked)
    assert asked.ids == [other.id, owner.id]
    assert {key.secret for key in asked} == {owner.secret}
    assert found.verification == LIVE


def test_no_answer_about_one_id_leaves_the_pair_unknown() -> None:
    owner, other = access_key(), access_key()
    text = f"aws_access_key_id={owner.id}\n{other.id}\naws_secret_access_key={owner.secret}\n"
    (found,) = occurrences(text, Asked({owner.id: NO_ANSWER}))
    assert found.verification == NO_ANSWER


def test_no_more_than_three_ids_are_tried_with_a_secret() -> None:
    keys = [access_key() for _ in range(8)]
    text = "".join(f"id {key.id}\n" for key in keys) + f"aws_secret_access_key={keys[0].secret}\n"
    asked = Asked({})
    occurrences(text, asked)
    assert asked.ids == [key.id for key in keys[:4:-1]]


def test_temporary_credentials_need_their_token() -> None:
    token = "IQoJb3JpZ2lu" + "X2Vj" + access_key().secret * 4
    key = access_key("ASIA", token)
    asked = Asked({key.id: LIVE})
    assert occurrences(profile(key), asked)[0].verification == LIVE
    assert asked == [key]
    lone = Asked({key.id: LIVE})
    (found,) = occurrences(profile(AccessKey(key.id, key.secret)), lone)
    assert lone == []
    assert found.verification == Verification("unknown", "NoSessionToken")


def test_a_long_term_key_takes_no_token_along() -> None:
    token = "IQoJb3JpZ2lu" + "X2Vj" + access_key().secret * 4
    key = access_key()
    asked = Asked({})
    occurrences(profile(AccessKey(key.id, key.secret, token)), asked)
    assert asked == [key]


def test_documentation_and_lone_halves_are_not_asked_about() -> None:
    key, asked = access_key(), Asked({})
    example = AccessKey("AKIAIOSFODNN7" + "EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY")
    for text in (profile(example), f"aws_access_key_id={key.id}\n", f"aws_secret_access_key={key.secret}\n"):
        occurrences(text, asked)
    assert asked == []


def test_what_is_only_counted_is_not_asked_about() -> None:
    keys = [access_key() for _ in range(5)]
    asked = Asked({})
    text = "\n".join(profile(key) + "# nothing\n" * 60 for key in keys)
    assert len(occurrences(text, asked, most=2)) == 2
    assert asked == keys[:2]


def test_a_key_pair_in_a_name_is_masked_and_not_asked_about() -> None:
    key, asked = access_key(), Asked({})
    classifier = KeyPairClassifier(
        select(shipped_packs(), "recommended"),
        b"k" * 16,
        15,
        in_names=(),
        token=select(shipped_packs(), TOKEN)[0],
        ask=asked,
    )
    name = f"aws_access_key_id={key.id},aws_secret_access_key={key.secret}"
    assert key.secret not in classifier.redact(name)
    assert PAIR in {match.detector for match in classifier.classify(name.encode())}
    assert asked == []
