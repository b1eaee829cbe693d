"""Our block in ``.pre-commit-config.yaml``: a new file, or a text edit of the one that is there.

An existing file is not dumped again from its data, which would lose its comments and its layout: the block goes behind
the last item of ``repos``, and the result must read as the old data plus our block, or nothing is changed.
"""

from __future__ import annotations

from typing import Any

import yaml

from autopack_hooks.config.template import scalar
from autopack_hooks.config.yaml_loader import YamlDocument, load_document
from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.core.errors import ConfigError
from autopack_hooks.core.text import SourceText
from autopack_hooks.install.origin import Origin

FILE_NAME = ".pre-commit-config.yaml"
HOOKS = ("ledger-check", "nav-doc-links", "ledger-sync")
HOOK_TYPES = ("pre-commit", "pre-merge-commit", "post-merge", "post-rewrite", "post-commit")


def block(origin: Origin) -> list[str]:
    """Return the lines of our item of ``repos``, not indented."""
    return [
        f"- repo: {scalar(origin.repo)}",
        f"  rev: {scalar(origin.rev)}",
        "  hooks:",
        *(f"    - id: {hook}" for hook in HOOKS),
    ]


def hook_types_line() -> str:
    """Return the line that makes a plain ``pre-commit install`` install every hook that a sync needs."""
    return f"default_install_hook_types: [{', '.join(HOOK_TYPES)}]"


def new_file(origin: Origin) -> str:
    """Return the whole file, for a repository without one."""
    return "\n".join([hook_types_line(), "repos:", *("  " + line for line in block(origin))]) + "\n"


def has_hooks(data: Any) -> bool:
    """Return whether the configuration ``data`` names one of our hooks already, whatever repository they come from."""
    return any(hook.get("id") in HOOKS for repo in _dicts(data, "repos") for hook in _dicts(repo, "hooks"))


def manual_hooks(text: str) -> set[str]:
    """Return the ids of the hooks that the configuration ``text`` names and that may be run by hand."""
    hooks = [hook for repo in _dicts(read(text), "repos") for hook in _dicts(repo, "hooks")]
    return {str(hook["id"]) for hook in hooks if "id" in hook and "manual" in (hook.get("stages") or ["manual"])}


def installs_all(data: Any) -> bool:
    """Return whether a plain ``pre-commit install`` under this configuration installs every hook that a sync needs."""
    types = data.get("default_install_hook_types") if isinstance(data, dict) else None
    return isinstance(types, list) and set(HOOK_TYPES) <= {kind for kind in types if isinstance(kind, str)}


def _dicts(data: Any, key: str) -> list[dict[Any, Any]]:
    items = data.get(key) if isinstance(data, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def read(text: str) -> Any:
    """Return the data of a configuration file's text, or None where it is not YAML."""
    document = _parse(text)
    return document.value if document else None


def _parse(text: str) -> YamlDocument | None:
    try:
        return load_document(text.encode(), FILE_NAME, aliases=True)
    except (ConfigError, UnicodeEncodeError):
        return None


def extend(source: SourceText, origin: Origin) -> str | None:
    """Return ``source`` with our block added and every other character kept; None where that cannot be done safely."""
    document = _parse(source.text)
    before = document.value if document else None
    if document is None or not isinstance(before, dict) or not isinstance(before.get("repos"), list):
        return None
    pairs = document.root.value if document.root else ()
    repos = next((value for key, value in pairs if key.value == "repos"), None)
    if not isinstance(repos, yaml.SequenceNode) or (repos.value and repos.flow_style):
        return None
    text = apply_edits(source.text, [_edit(source, repos, origin)])
    expected = {**before, "repos": [*before["repos"], *read("\n".join(block(origin)))]}
    return text if read(text) == expected else None


def reduced(source: SourceText) -> str | None:
    """Return ``source`` without our item of ``repos``.

    "" where nothing is left but what ``new_file`` writes. None where the item holds other hooks, or cannot be cut out safely.
    """
    document = _parse(source.text)
    before = document.value if document else None
    pairs = document.root.value if document and document.root else ()
    repos = next((value for key, value in pairs if key.value == "repos"), None)
    if not isinstance(before, dict) or not isinstance(repos, yaml.SequenceNode) or repos.flow_style:
        return None
    ours = [i for i, repo in enumerate(before["repos"]) if has_hooks({"repos": [repo]})]
    if len(ours) != 1 or any(hook.get("id") not in HOOKS for hook in _dicts(before["repos"][ours[0]], "hooks")):
        return None
    rest = [repo for i, repo in enumerate(before["repos"]) if i != ours[0]]
    if not rest and not before.keys() - {"repos", "default_install_hook_types"}:
        return ""
    if not rest:
        first, last = repos.start_mark.index, repos.end_mark.index
        text = apply_edits(source.text, [Edit(first, last, "[]" + source.newline)])
    else:
        first = source.offset(source.position(repos.value[ours[0]].start_mark.index).line)
        after = repos.value[ours[0] + 1] if ours[0] + 1 < len(repos.value) else None
        if after is not None:
            last = source.offset(source.position(after.start_mark.index).line)
        else:
            end = _last_leaf(repos).end_mark
            line = source.position(end.index).line
            last = len(source.text) if line == len(source.lines) else source.offset(line + 1)
        text = apply_edits(source.text, [Edit(first, last, "")])
    return text if read(text) == {**before, "repos": rest} else None


def _edit(source: SourceText, repos: yaml.SequenceNode, origin: Origin) -> Edit:
    """Return the edit that puts our block behind the last item of ``repos``."""
    if not repos.value:
        lines = ["", *("  " + line for line in block(origin))]
        return Edit(repos.start_mark.index, repos.end_mark.index, source.newline.join(lines))
    indent = " " * repos.start_mark.column
    added = "".join(indent + line + source.newline for line in block(origin))
    end = _last_leaf(repos).end_mark
    line = source.position(end.index).line
    if end.column == 0 and end.index:
        return Edit(end.index, end.index, added)  # a block scalar: its mark is at the start of the next line
    if line == len(source.lines):
        return Edit(len(source.text), len(source.text), source.newline + added.removesuffix(source.newline))
    return Edit(source.offset(line + 1), source.offset(line + 1), added)


def _last_leaf(node: yaml.Node) -> yaml.Node:
    """Return the last node of a block collection that is not a block collection itself."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node
