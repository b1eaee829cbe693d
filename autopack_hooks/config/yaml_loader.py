"""The one loader of YAML, for every file: the whole value, or a ConfigError that names the place.

PyYAML takes 31 ms to import, so this module is imported where there is a file to read and not before.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from autopack_hooks.core.errors import ConfigError

MAX_DEPTH = 20
MAX_NODES = 1_000_000
_MAX_BITS = 64
_UNUSABLE = re.compile(r"[\x00\ud800-\udfff]")
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlDocument(NamedTuple):
    """A document's value, and the tree of nodes that know their places; both None for an empty one."""

    value: Any
    root: yaml.Node | None

    def item_lines(self, key: str) -> list[int]:
        """Return the line of each item of the list under the top-level ``key``."""
        pairs = self.root.value if isinstance(self.root, yaml.MappingNode) else ()
        found = next((value for name, value in pairs if name.value == key), None)
        return [item.start_mark.line + 1 for item in found.value] if isinstance(found, yaml.SequenceNode) else []


def load_yaml(data: bytes, source: str) -> Any:
    """Return the value of the document ``data``, without aliases. Raises ConfigError, which names ``source`` and the place."""
    return load_document(data, source).value


def load_document(data: bytes, source: str, *, aliases: bool = False) -> YamlDocument:
    """Read one document; what would crash the parser or its caller is refused before it is built.

    Deep nesting overflows the C stack, aliases grow without bound once they are merged, compared or printed, and of a key
    that is given twice one value would be lost.

    Args:
        data: the bytes of the file.
        source: the file's name, for messages.
        aliases: whether aliases are read, up to a bound on what they stand for.

    Raises:
        ConfigError: ``FILE:LINE:COLUMN: not valid YAML: REASON``.
    """
    try:
        _check_events(data, aliases=aliases)
        return _build(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{source}{place}: not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line, start = data.count(b"\n", 0, error.position) + 1, data.rfind(b"\n", 0, error.position) + 1
        column = error.position - start + 1
        raise ConfigError(f"{source}:{line}:{column}: not valid YAML: {error.reason}") from error


def _check_events(data: bytes, *, aliases: bool) -> None:
    """Raise MarkedYAMLError for deep nesting, and for an alias where there may be none."""
    depth = 0
    for event in yaml.parse(data, Loader=_BASE):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _fault("nested too deeply", event)
        if isinstance(event, yaml.AliasEvent) and not aliases:
            raise _fault("aliases are not read here; write the value out", event)


def _build(data: bytes) -> YamlDocument:
    loader = _Loader(data)
    try:
        root = loader.get_single_node()
        if root is None:
            return YamlDocument(None, None)
        _count(root, {})
        return YamlDocument(loader.construct_document(root), root)
    finally:
        loader.dispose()


class _Loader(_BASE):  # type: ignore[misc]  # the C loader where there is one
    """A loader whose every error has a place."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return the value of a node; one that does not fit its tag (`!!int x`, an impossible date) is a fault of the node."""
        try:
            value = super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _fault(f"{_shortened(node)} is not a valid {_kind(node)}", node) from error
        if isinstance(value, int) and value.bit_length() > _MAX_BITS:
            raise _fault("the number is too large", node)
        return value


def _shortened(node: yaml.Node) -> str:
    text = repr(node.value) if isinstance(node, yaml.ScalarNode) else "the value"
    return text if len(text) <= 40 else f"{text[:36]}…{text[0]}"


def _kind(node: yaml.Node) -> str:
    return str(node.tag).rpartition(":")[2]


def _count(node: Any, counts: dict[int, int]) -> int:
    """Return how many nodes there are with each alias written out.

    Raises MarkedYAMLError for too many, for double keys, and for characters that no file name and no argument can hold.
    """
    if isinstance(node, yaml.ScalarNode) and (found := _UNUSABLE.search(node.value)):
        raise _fault(f"the character U+{ord(found[0]):04X} cannot be used", node)
    if id(node) not in counts:
        counts[id(node)] = MAX_NODES  # what holds itself has no end
        counts[id(node)] = 1 + sum(_count(child, counts) for child in _children(node))
        if counts[id(node)] > MAX_NODES:
            raise _fault("aliases make this too large", node)
    return counts[id(node)]


def _children(node: Any) -> list[Any]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if not isinstance(node, yaml.MappingNode):
        return []
    keys: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in keys:
                raise _fault(f"{key.value!r} is given twice", key)
            keys.add(key.value)
    return [child for pair in node.value for child in pair]


def _fault(problem: str, at: Any) -> yaml.MarkedYAMLError:
    """Return an error at the start of a node or an event, whose mark may be of the C parser's own class."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)
