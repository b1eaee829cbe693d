from __future__ import annotations

import pytest

from autopack_hooks.links.remotes import OwnRepository
from tests.links.helpers import World

FILES = {
    "docs/x.md": "# The X & Y\n\n<a id='Mine'></a>\n",
    "docs/Guide.md": "# G\n",
    "docs/sub/README.md": "# Sub\n",
    "docs/empty/a.txt": "",
    "src/a.py": "a\nb\n",
    "src/stub.py": "",
    "my file.md": "# M\n",
    "#1 50%.md": "# H\n",
}
WORLD_LINKS = {"good.md": "docs/x.md", "loop.md": "loop.md"}


def world(text: str, source: str = "README.md") -> World:
    return World({**FILES, source: text}, WORLD_LINKS, untracked=("out/x.md",))


@pytest.mark.parametrize(
    "target",
    [
        "docs/x.md",
        "./docs/x.md",
        "/docs/x.md",
        "docs/../docs/x.md",
        "docs",
        "docs/",
        ".",
        "docs/x.md#the-x--y",
        "docs/x.md#THE-X--Y",
        "docs/x.md#mine",
        "docs/x.md#user-content-mine",
        "docs/x.md#",
        "docs/x.md#top",
        "#there",
        "#",
        "docs/sub#sub",
        "docs/sub/#top",
        "docs/empty#top",
        "src/a.py#L2",
        "src/a.py#L1-L2",
        "src/a.py#L1C1-L2C1",
        "src/a.py#anything",
        "src/stub.py#L40",
        "my%20file.md",
        "%231%2050%25.md",
        "docs/x.md?plain=1#L2",
        "docs/x.md?plain=1",
        "good.md",
        "good.md#mine",
        "https://e.com/gone",
        "mailto:a@e.com",
        "../../issues",
        "../../issues/3",
        "../../actions/workflows/ci.yml",
        "../../releases/latest",
        "../..",
        "../../#readme",
        "../../#there",
        "#readme",
        "README.md#readme",
        "docs/sub#readme",
        "../../../mine/issues",
        "../../../other/blob/main/gone.md",
        "../../../../you/other/wiki",
        "../../../../me/mine/blob/main/docs/x.md",
        "../../blob/main/docs/x.md",
        "../../blob/other/gone.md",
        "https://github.com/me/mine/blob/main/docs/x.md",
        "https://github.com/me/mine/issues/1",
        "https://github.com/me/mine/blob/v1/gone.md",
        "https://github.com/other/mine/blob/main/gone.md",
        "docs/x.md#:~:text=X",
    ],
)
def test_good(target: str) -> None:
    assert world(f"# There\n\n[a](<{target}>)\n").categories("README.md") == []


@pytest.mark.parametrize(
    ("target", "category"),
    [
        ("docs/gone.md", "missing_file"),
        ("docs/x.md/more", "missing_file"),
        ("", "missing_file"),
        ("docs\\x.md", "missing_file"),
        ("localhost:8000/x", "missing_file"),
        ("#nowhere", "missing_anchor"),
        ("docs/x.md#nope", "missing_anchor"),
        ("docs/sub#nope", "missing_anchor"),
        ("docs/empty#nope", "missing_anchor"),
        ("good.md#nope", "missing_anchor"),
        ("docs/guide.md", "case_mismatch"),
        ("DOCS/x.md", "case_mismatch"),
        ("out/x.md", "untracked"),
        ("../../../../etc/passwd", "outside_repository"),
        ("../sibling/x.md", "outside_repository"),
        ("../issues", "outside_repository"),
        ("../../issue", "outside_repository"),
        ("../../../other", "outside_repository"),
        ("../../../../mine/issues/x", "outside_repository"),
        ("..", "outside_repository"),
        ("../-/issues", "outside_repository"),
        ("../../#nowhere", "missing_anchor"),
        ("docs/x.md#readme", "missing_anchor"),
        ("../../../mine/blob/main/gone.md", "own_repository_url"),
        ("www.example.com", "missing_file"),
        ("file:///etc/passwd", "outside_repository"),
        ("C:\\x.md", "outside_repository"),
        ("../docs/x.md", "wrong_base"),
        ("src/a.py#L3", "line_out_of_range"),
        ("src/a.py#L0", "line_out_of_range"),
        ("src/a.py#L1-L9", "line_out_of_range"),
        ("docs/x.md#L99", "line_out_of_range"),
        ("src/a.py:2", "line_suffix"),
        ("src/a.py:1-2", "line_suffix"),
        ("src/gone.py:2", "missing_file"),
        ("loop.md", "broken_symlink"),
        ("https://github.com/me/mine/blob/main/docs/gone.md", "own_repository_url"),
        ("https://github.com/Me/Mine/tree/HEAD/gone", "own_repository_url"),
        ("https://github.com/me/mine/edit/main/docs/x.md#nope", "own_repository_url"),
        ("https://raw.githubusercontent.com/me/mine/main/docs/gone.png", "own_repository_url"),
        ("../../blob/main/gone.md", "own_repository_url"),
    ],
)
def test_faults(target: str, category: str) -> None:
    assert world(f"# There\n\n[a](<{target.replace(chr(92), chr(92) * 2)}>)\n").categories("README.md") == [category]


@pytest.mark.parametrize(
    ("target", "category", "exact"),
    [
        ("docs/x.md", "wrong_base", "docs/x.md"),
        ("src/a.py#L2", "wrong_base", "src/a.py"),
        ("../src/a.py", "", None),
        ("../../src/a.py", "wrong_base", "src/a.py"),
        ("src/a.py:2", "line_suffix", "src/a.py"),
        ("x.md", "", None),
        ("/x.md", "missing_file", None),
        ("guide.md", "case_mismatch", "docs/Guide.md"),
    ],
)
def test_from_a_folder(target: str, category: str, exact: str | None) -> None:
    found = world(f"[a]({target})", "docs/INDEX.md").verdicts("docs/INDEX.md")
    assert [(verdict.category, verdict.exact) for _, verdict in found] == ([(category, exact)] if category else [])


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("docs/x.md", ""),
        ("x.md", "elsewhere"),
        ("sub/README.md", "elsewhere"),
        ("docs/gone.md", "missing_file"),
        ("docs/gone.md:12", "missing_file"),
        ("gone.md", ""),
        ("docs/gone.unknown", ""),
        ("src/a.py:99", ""),
        ("../../away/x.md", ""),
        ("out/x.md", ""),
    ],
)
def test_mentions(code: str, category: str) -> None:
    found = world(f"see `{code}`").categories("README.md", mentions=True)
    assert found == ([category] if category else [])


def test_a_mention_may_be_relative_to_its_source() -> None:
    assert world("`x.md` `./sub/README.md`", "docs/INDEX.md").categories("docs/INDEX.md", mentions=True) == []


@pytest.mark.parametrize(
    ("source", "target", "good"),
    [
        ("docs/y.md", "../../../issues", True),
        ("docs/y.md", "../../issues", False),
        ("docs/deep/y.md", "../../../../wiki/Home", True),
        ("docs/deep/y.md", "../../../wiki/Home", False),
        (".github/pull_request_template.md", "../blob/main/docs/x.md", True),
        (".github/PULL_REQUEST_TEMPLATE/a.md", "../issues/new", True),
        (".github/ISSUE_TEMPLATE/bug.md", "../blob/main/gone.md", False),
        (".github/CONTRIBUTING.md", "../issues", False),
        ("pull_request_template.md", "../issues", True),
    ],
)
def test_pages_of_the_site_from_other_folders(source: str, target: str, good: bool) -> None:
    assert (world(f"[a](<{target}>)", source).categories(source) == []) == good


def test_a_page_of_the_site_that_is_a_step_too_near_is_shown_as_it_is_written_there() -> None:
    ((_, verdict),) = world("[a](../../issues/5)", "docs/y.md").verdicts("docs/y.md")
    assert verdict.message.endswith("the page of its site is ../../../issues/5 from here")


@pytest.mark.parametrize("source", ["README.md", "docs/deep/y.md"])
@pytest.mark.parametrize(
    ("written", "good"),
    [("../-/issues", True), ("../issues/3", True), ("../../issues", True), ("../-/merge_requests", True),
     ("../-/nothing", False), ("../nothing", False)],
)  # fmt: skip
def test_gitlab_counts_steps_as_they_are_written(source: str, written: str, good: bool) -> None:
    own = OwnRepository((("gitlab.example.com", "a/b/c"),), ("main",))
    here = world(f"[a]({written})", source)
    here.context = here.context._replace(own=lambda: own)
    assert (here.categories(source) == []) == good


@pytest.mark.parametrize(
    ("source", "book", "broken"),
    [
        ("docs/SUMMARY.md", "docs/book.toml", False),
        ("book/src/SUMMARY.md", "book/book.toml", False),
        ("SUMMARY.md", "book.toml", False),
        ("docs/guide.md", "docs/book.toml", True),
        ("docs/SUMMARY.md", "docs/other.toml", True),
        ("a/b/c/SUMMARY.md", "a/book.toml", True),
    ],
)
def test_a_chapter_of_mdbook_may_be_a_draft(source: str, book: str, broken: bool) -> None:
    found = World({source: "- [Draft]()\n", book: "[book]\n"}).verdicts(source)
    assert bool(found) is broken
