"""YAML trees: the same from both parsers, with lines, bounded whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from classifier import tree
from classifier.errors import PackError
from classifier.shipped import shipped

LOADERS = {"python": tree.PythonLoader, "default": tree.LOADER}


@pytest.fixture(params=LOADERS.values(), ids=LOADERS.keys())
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "LOADER", request.param)


def flat(node: yaml.Node) -> Iterator[tuple[str, int, object]]:
    """Yield the tag, line and text of every node."""
    yield node.tag, node.start_mark.line, node.value if isinstance(node, yaml.ScalarNode) else None
    for item in node.value if isinstance(node, yaml.CollectionNode) else ():
        for below in item if isinstance(item, tuple) else (item,):
            yield from flat(below)


def test_wheels_come_with_libyaml() -> None:
    assert yaml.__with_libyaml__ is (tree.LOADER is not tree.PythonLoader)


@pytest.mark.parametrize("path", sorted(shipped("patterns").glob("*.yaml")), ids=lambda path: path.name)
def test_both_parsers_see_the_same_tree(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees = []
    for each in LOADERS.values():
        monkeypatch.setattr(tree, "LOADER", each)
        trees.append(list(flat(tree.compose(path))))
    assert trees[0] == trees[1]
    assert len(trees[0]) > 50


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    "content, line, text",
    [
        ("a: &a [1]\nb: *a\n", 2, "aliases are not taken"),
        ("a: &a\n  b: 1\n  c: *a\n", 3, "aliases are not taken"),
        ("a: &a x\nb:\n- 1\n- *a\n", 4, "aliases are not taken"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "wrong YAML"),
        ("a: 1\nb: 'x\n", 3, "wrong YAML"),
        ("a: 1\nb: [", 2, "wrong YAML"),
        ("a: 1\n---\nb: 2\n", 2, "wrong YAML"),
        ("# nothing\n", 1, "is empty"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("[" * 100_000 + "]" * 100_000, 1, "nested too deeply"),
        ("- " * 100_000 + "a", 1, "nested too deeply"),
        ("a: {" * 100_000, 1, "nested too deeply"),
        ("a: \x01\n", 1, "wrong YAML"),
    ],
)
def test_what_is_no_tree_is_an_error_with_its_line(
    tmp_path: Path, content: str, line: int, text: str
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(content)
    with pytest.raises(PackError, match=text) as error:
        tree.compose(path)
    assert str(error.value).startswith(f"{path}:{line}: ")


@pytest.mark.usefixtures("loader")
def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("a: &name [\n")
    for _ in range(2):
        with pytest.raises(PackError) as error:
            tree.compose(path)
        assert "duplicate" not in str(error.value)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    "content, line",
    [("a: 1\nb: 2\na: 3\n", 3), ("a: 1\n? [b]\n: 2\n", 2), ("a:\n  b: !!int x\n", 2), ("a: !x y\n", 1)],
    ids=["twice", "no word", "no number", "unknown tag"],
)
def test_values_that_cannot_be_are_errors_with_their_line(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(content)
    with pytest.raises(PackError, match=f":{line}: "):
        tree.construct(path, tree.compose(path))


@pytest.mark.usefixtures("loader")
def test_values_are_those_that_yaml_has(tmp_path: Path) -> None:
    path = tmp_path / "right.yaml"
    text = "a: [1, -2.5, true, no, ~, '1', x y]\nb: {c: 0x10, d: 'yes', e: ''}\nf: >\n  two\n  lines\n"
    path.write_text(text)
    assert tree.construct(path, tree.compose(path)) == yaml.safe_load(text)
