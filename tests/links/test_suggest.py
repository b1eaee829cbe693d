from __future__ import annotations

import pytest

from autopack_hooks.links.suggest import confidence, likeness
from tests.links.helpers import World


def best(
    files: dict[str, str], link: str, source: str = "README.md", *changes: tuple[str, str]
) -> tuple[str, float] | None:
    found = World({**files, source: f"[a](<{link}>)"}).suggestions(source, *changes)
    return (found[0].target, found[0].score) if found else None


def files(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "# Top\n\n## Part One\n")


@pytest.mark.parametrize(
    ("tracked", "link", "expected"),
    [
        (files("docs/guide.md"), "docs/Guide.md", ("docs/guide.md", 0.98)),
        (files("docs/new.md"), "docs\\\\new.md", ("docs/new.md", 0.98)),
        (files("docs/guide.md"), "docs/guide", ("docs/guide.md", 0.95)),
        (files("docs/deep/x.md", "far/away/x.md"), "docs/x.md", ("docs/deep/x.md", 0.87)),
        (files("far/away/x.md"), "docs/x.md", ("far/away/x.md", 0.80)),
        (files("a/b/docs/x.md", "c/d/e/x.md"), "docs/x.md", ("a/b/docs/x.md", 0.87)),
        (files("a/b/e/x.md", "c/d/e/x.md"), "docs/x.md", ("a/b/e/x.md", 0.80)),
        (files("docs/deep/x.md"), "docs/x.md", ("docs/deep/x.md", 0.95)),
        (files("docs/instalation.md"), "docs/installation.md", ("docs/instalation.md", 0.89)),
        (files("docs/api_reference.md"), "docs/cli_reference.md", ("docs/api_reference.md", 0.84)),
        (files("docs/BUILD-145.md"), "docs/BUILD-146.md", None),
        (files("far/away/README.md"), "docs/README.md", None),
        (files("far/docs/README.md", "x/y.md"), "docs/README.md", ("far/docs/README.md", 0.87)),
        (files("a.md"), "entirely_different_name.md", None),
        (files("far/docs/x.md"), "docs/", ("far/docs", 0.80)),
        (files("src/a.py"), "src/a.py:1", ("src/a.py#L1", 0.98)),
        (files("docs/x.md"), "../../../home/me/docs/x.md", ("docs/x.md", 0.87)),
        (files("docs/x.md"), "docs/x.md#part-on", ("docs/x.md#part-one", 0.89)),
        (files("docs/x.md"), "docs/x.md#part_one", ("docs/x.md#part-one", 0.95)),
        (files("docs/x.md"), "docs/x.md#part", ("docs/x.md#part-one", 0.87)),
        (files("docs/x.md"), "docs/x.md#something-else", None),
        (files("far/away/x.md"), "docs/x.md#part-one", ("far/away/x.md#part-one", 0.80)),
        (files("far/away/x.md"), "docs/x.md#gone", ("far/away/x.md#gone", 0.80)),
    ],
)  # fmt: skip
def test_suggestions(tracked: dict[str, str], link: str, expected: tuple[str, float] | None) -> None:
    found = best(tracked, link)
    assert (found and (found[0], round(found[1], 2))) == expected


def test_the_wrong_base_is_certain() -> None:
    assert best(files("src/a.py"), "src/a.py", "docs/INDEX.md") == ("src/a.py", 0.99)


def test_history_comes_first() -> None:
    tracked = files("docs/deep/x.md", "new/y.md")
    assert best(tracked, "docs/x.md", "README.md", ("docs/x.md", "new/y.md")) == ("new/y.md", 1.0)
    assert best(tracked, "docs/x.md#part-one", "README.md", ("docs/x.md", "new/y.md")) == ("new/y.md#part-one", 1.0)
    assert best(tracked, "docs/x.md#gone", "README.md", ("docs/x.md", "new/y.md")) == ("new/y.md#gone", 0.84)


def test_what_is_only_not_tracked_is_not_replaced() -> None:
    world = World({**files("far/x.md"), "README.md": "[a](out/x.md)"}, untracked=("out/x.md",))
    assert world.suggestions("README.md") == []
    world = World({**files("far/x.md"), "README.md": "[a](x.md)"}, {"x.md": "gone.md"})
    assert world.suggestions("README.md") == []


def test_a_moved_folder_takes_its_links_along() -> None:
    tracked = files("new/docs/a.md", "new/docs/b.md")
    moves = (("docs/a.md", "new/docs/a.md"), ("docs/b.md", "new/docs/b.md"))
    assert best(tracked, "docs/", "README.md", *moves) == ("new/docs", 1.0)


def test_a_document_is_never_its_own_replacement() -> None:
    assert best({}, "old/README2.md", "docs/README2.md") is None


def test_every_suggestion_is_there() -> None:
    tracked = files(*(f"{a}/{b}/name_{c}.md" for a in "xy" for b in "pq" for c in "mno"))
    world = World({**tracked, "README.md": "[a](z/name_m.md)"})
    assert all(world.tree.exists(found.path) for found in world.suggestions("README.md"))


def test_a_mention_is_never_sure() -> None:
    world = World({**files("far/away/x.md"), "README.md": "`docs/y/xx.md`"})
    assert world.verdicts("README.md", mentions=True)[0][1].category == "missing_file"


@pytest.mark.parametrize(
    ("score", "name"), [(1.0, "high"), (0.9, "high"), (0.89, "medium"), (0.85, "medium"), (0.84, "low")]
)
def test_confidence(score: float, name: str) -> None:
    assert confidence(score) == name


def test_likeness() -> None:
    assert likeness("same", "same") == 1.0
    assert likeness("abc", "xyz") == 0.0


@pytest.mark.parametrize(
    ("tracked", "changes", "expected"),
    [
        (files("docs/a/two-words.md"), (), ("docs/a/two-words.md", 0.95)),
        (files("docs/a/two-words.md"), (("docs/b/two-words.md", ""),), ("docs/a/two-words.md", 0.87)),
        (files("docs/a/two-words.md", "new.md"), (("docs/b/two-words.md", "new.md"),), ("new.md", 1.0)),
    ],
)
def test_what_was_deleted_is_not_its_namesake(
    tracked: dict[str, str], changes: tuple[tuple[str, str], ...], expected: tuple[str, float]
) -> None:
    assert best(tracked, "two-words.md", "docs/b/x.md", *changes) == expected


def test_a_link_that_was_good_once_is_not_written_wrongly() -> None:
    tracked = files("lib/setup.md", "docs/lib/install.md")
    assert best(tracked, "lib/setup.md", "docs/x.md") == ("lib/setup.md", 0.99)
    moved = ("docs/lib/setup.md", "docs/lib/install.md")
    assert best(tracked, "lib/setup.md", "docs/x.md", moved) == ("docs/lib/install.md", 1.0)
    assert best(tracked, "lib/setup.md", "docs/x.md", ("docs/lib/setup.md", "")) == ("lib/setup.md", 0.87)
