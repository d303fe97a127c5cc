"""Settings: file < environment < flags, validated once, and secrets never shown."""

import stat
from pathlib import Path

import pytest

from classifier.config import fingerprint_key, load
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
        ({"formats": ("pdf",)}, "unknown format 'pdf'"),
        ({"no_such_setting": 1}, "no_such_setting"),
        ({"fingerprint_key": "abcd"}, "at least 32"),
        ({"chunk_bytes": 10}, "chunk_bytes"),
    ],
)
def test_wrong_settings_are_named(flags: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(flags)


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
