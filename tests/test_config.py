"""Settings: file < environment < flags, validated once, and secrets never shown."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from classifier.config import Settings, fingerprint_key, load
from classifier.errors import ConfigError
from classifier.model import Severity


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("S3_CLASSIFIER_FINGERPRINT_KEY", raising=False)


def test_flags_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('workers = 1\nread_ahead = 2\nregion = "eu-west-1"\n')
    monkeypatch.setenv("S3_CLASSIFIER_READ_AHEAD", "3")
    monkeypatch.setenv("S3_CLASSIFIER_REGION", "eu-west-2")
    settings = load({"region": "eu-west-3", "profile": None}, file)
    assert (settings.workers, settings.read_ahead, settings.region) == (1, 3, "eu-west-3")
    assert settings.profile is None


def test_the_default_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s3-classifier.toml").write_text('fail_on = "hIGH"\nknown_accounts = ["111122223333"]\n')
    settings = load({})
    assert settings.fail_on is Severity.HIGH
    assert settings.known_accounts == ("111122223333",)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"workers": -1}, "workers"),
        ({"fail_on": "loud"}, "fail_on"),
        ({"no_such_setting": 1}, "no_such_setting"),
        ({"fingerprint_key": "abcd"}, "at least 32"),
        ({"chunk_bytes": 10}, "chunk_bytes"),
    ],
)
def test_wrong_settings_are_named(flags: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(flags)


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        ("formats", "json", ("json",)),
        ("formats", " json, csv ,", ("json", "csv")),
        ("known_accounts", "123456789012", ("123456789012",)),
        ("known_accounts", "123456789012,o-abcdefghij", ("123456789012", "o-abcdefghij")),
        ("known_accounts", "", ()),
        ("packs", "one.yaml, two.yaml", (Path("one.yaml"), Path("two.yaml"))),
    ],
)
def test_lists_have_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, text: str, value: tuple[object, ...]
) -> None:
    (tmp_path / "s3-classifier.toml").write_text(f'{setting} = "{text}"\n')
    assert getattr(load({}), setting) == value
    (tmp_path / "s3-classifier.toml").unlink()
    monkeypatch.setenv(f"S3_CLASSIFIER_{setting.upper()}", text)
    assert getattr(load({}), setting) == value


def test_the_environment_wins_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s3-classifier.toml").write_text("workers = 1\n")
    monkeypatch.setenv("s3_classifier_workers", "2")
    assert load({}).workers == 2


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("text", ["", "{", "[1", '{"a": 1}', "\udcff"])
def test_no_text_in_the_environment_breaks_the_program(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"S3_CLASSIFIER_{name.upper()}", text)
    message = ""
    try:
        load({})
    except ConfigError as error:
        message = str(error)
    assert message == "" or message.startswith(f"wrong setting: {name}: ")


def test_unknown_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_CLASSIFIER_WORKER", "1")
    with pytest.raises(ConfigError, match="S3_CLASSIFIER_WORKER:"):
        load({})


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"fail_on": "informational"}, "wrong setting: fail_on: must be one of low, medium, high, critical"),
        ({"packs": 3}, "wrong setting: packs: must be a list, or text with commas"),
    ],
    ids=["fail_on", "packs"],
)
def test_messages_are_the_programs_own(flags: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(flags)
    assert str(caught.value) == message


def test_a_wrong_key_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"fingerprint_key": "not-hexadecimal-at-all"})
    assert "not-hexadecimal" not in str(caught.value)


@pytest.mark.parametrize(("content", "says"), [(b"a = ", "TOML"), (b"\xff", "TOML"), (None, "no such")])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "broken.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"broken.toml.*{says}"):
        load({}, file)


def test_the_fingerprint_key_is_made_once_for_the_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    first = fingerprint_key(load({}))
    path = tmp_path / "s3-classifier" / "fingerprint.key"
    assert len(first) == 32
    assert fingerprint_key(load({})) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert fingerprint_key(load({"fingerprint_key": "ab" * 16})) == b"\xab" * 16


def test_runs_that_start_together_have_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings, together, link = load({}), Barrier(8), os.link

    def all_at_once(draft: Path, path: Path) -> None:
        together.wait(60)  # until nobody has found a key and everybody has made one
        link(draft, path)

    monkeypatch.setattr(os, "link", all_at_once)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(fingerprint_key, [settings] * 8))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "s3-classifier").iterdir()] == ["fingerprint.key"]


@pytest.mark.parametrize("content", ["", "abcd\n", "zz" * 32])
def test_a_broken_key_file_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "s3-classifier" / "fingerprint.key"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(ConfigError, match="S3_CLASSIFIER_FINGERPRINT_KEY"):
        fingerprint_key(load({}))
    assert path.read_text() == content


def test_secrets_do_not_show_in_the_settings() -> None:
    key = "0123456789abcdef" * 2
    assert key not in repr(load({"fingerprint_key": key, "mfa_token": "123456"}))
    assert "123456'" not in repr(load({"mfa_token": "123456"}))
