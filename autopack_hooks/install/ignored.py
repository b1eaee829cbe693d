"""Keep the local stores out of git in every clone: a marked block in ``.gitignore``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from autopack_hooks.config.stores import STORE_PATTERNS
from autopack_hooks.core.files import read_regular, write_atomic
from autopack_hooks.core.git import Repo
from autopack_hooks.install.setup import Setup, Step

GITIGNORE = ".gitignore"
START, END = "# autopack-hooks: local stores", "# end of autopack-hooks"


def write(setup: Setup) -> Iterator[Step]:
    """Add what no ``.gitignore`` of the repository ignores yet."""
    lines = missing(setup.repo)
    if not lines:
        yield Step("kept", "git ignores the local stores already")
        return
    old = setup.text(GITIGNORE)
    newline = "\r\n" if "\r\n" in old else "\n"
    kept, start = without_block(old)
    before = kept if not kept or kept.endswith("\n") else kept + newline
    known = [line.strip() for line in old[start:].splitlines()[1:-1]] if start is not None else []
    block = [START, *dict.fromkeys([*known, *lines]), END]
    setup.write(GITIGNORE, before + "".join(line + newline for line in block))
    yield Step("wrote", f"{GITIGNORE}: git ignores {', '.join(lines)} (local stores) in every clone", True)


def missing(repo: Repo) -> list[str]:
    """Return the patterns of the local stores that no ``.gitignore`` of the repository has, or one like them."""
    return [pattern for name, pattern in _patterns(repo).items() if not _is_ignored_everywhere(repo, name)]


def without_block(text: str) -> tuple[str, int | None]:
    """Return a ``.gitignore`` without our block, and where that began; None where there is none."""
    start = text.find(START)
    end = text.find(END, start)
    if start < 0 or end < 0 or (start and text[start - 1] != "\n"):
        return text, None
    after = text.find("\n", end)
    return text[:start] + (text[after + 1 :] if after >= 0 else ""), start


def remove(setup: Setup) -> Iterator[Step]:
    """Take our block out again. A store that is there stays hidden, by this clone's own list of exclusions."""
    old = setup.text(GITIGNORE)
    text, start = without_block(old)
    if start is None:
        return
    if text.strip():
        setup.write(GITIGNORE, text)
    else:
        (setup.repo.root / GITIGNORE).unlink()
    yield Step("removed", f"our block from {GITIGNORE}", True)
    names = _patterns(setup.repo)
    there = [name for name in names if (setup.repo.root / name.partition("/")[0]).exists()]
    visible = [name for name in there if name not in setup.repo.ignored(there)]
    if visible:
        path = _exclude(setup.repo, [names[name] for name in visible])
        yield Step("excluded", f"the stores that are still here, in {path}", True)


def _exclude(repo: Repo, patterns: Iterable[str]) -> str:
    path = repo.root / os.fsdecode(repo.run("rev-parse", "--git-path", "info/exclude")).rstrip("\n")
    old = read_regular(path) if path.exists() else b""
    separator = b"" if not old or old.endswith(b"\n") else b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, old + separator + "".join(f"{line}\n" for line in patterns).encode())
    return os.path.relpath(path, repo.root)


def _patterns(repo: Repo) -> dict[str, str]:
    """Return a file of each default store -> the pattern that hides it; a narrow one where git tracks files beside it."""
    return {
        name: narrow if repo.tracked([name.partition("/")[0]]) else wide
        for name, (wide, narrow) in STORE_PATTERNS.items()
    }


def _is_ignored_everywhere(repo: Repo, name: str) -> bool:
    """Return whether a file of the repository makes git ignore a name: what this clone alone ignores does not count."""
    data = os.fsencode(name) + b"\0"
    code, out, _ = repo.try_run("check-ignore", "--no-index", "-v", "-z", "--stdin", data=data)
    source, _, pattern = (os.fsdecode(out).split("\0") + ["", "", ""])[:3]
    return (
        code == 0
        and os.path.basename(source) == GITIGNORE
        and not os.path.isabs(source)
        and not pattern.startswith("!")
    )


def hidden_files(repo: Repo, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return those of ``names`` that git would leave out of a commit, and the rule (``file:line: pattern``) that says so."""
    data = b"".join(os.fsencode(name) + b"\0" for name in names)
    code, out, _ = repo.try_run("check-ignore", "-v", "-z", "--stdin", data=data)
    parts = os.fsdecode(out).split("\0") if code == 0 else []
    rows = [parts[i : i + 4] for i in range(0, len(parts) - 3, 4)]
    return [
        (name, f"{source}:{line}: {pattern}") for source, line, pattern, name in rows if not pattern.startswith("!")
    ]
