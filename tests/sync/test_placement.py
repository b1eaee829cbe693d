"""Where a store may lie: attacks of a commit, and what is near to one and allowed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from autopack_hooks.core.errors import TargetError
from autopack_hooks.core.git import Repo
from autopack_hooks.sync.ownership import SIDECARS
from autopack_hooks.sync.placement import ALLOW_PATH, ALLOW_PATHS, StorePlace
from tests.support import GitRepo


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "other" / ".git").mkdir(parents=True)
    bare = tmp_path / "home" / "bare.git"
    for name in ("objects", "refs"):
        (bare / name).mkdir(parents=True)
    (bare / "HEAD").touch()
    return tmp_path / "home"


def place(
    repo: GitRepo, name: str | Path, *, own_word: bool = False, folder: bool = False, **environ: str
) -> StorePlace:
    env = {**os.environ, **environ}
    beside = (".lock",) if folder else SIDECARS
    found = Repo.discover(repo.root, env)
    return StorePlace(repo.root / name, "sync.x", own_word, repo.root, found, env, beside, folder)


def refusal(store: StorePlace) -> str:
    with pytest.raises(TargetError) as caught:
        store.resolve()
    text = str(caught.value)
    assert ALLOW_PATH in text and "\n" not in text
    return text


OUTSIDE = [
    "{home}/x.db",
    "../home/x.db",
    "..",
    "../repo2/x.db",
    "out/x.db",
    "dangling.db",
    "chain/x.db",
    "deep/out/x.db",
    "/etc/x",
]
GITS_OWN = [
    ".git/hooks/post-commit",
    ".git",
    ".git/config",
    "docs/../.git/x.db",
    "git/x.db",
    ".GIT/x.db",
    "nested/.git/hooks/x",
    ".git/autopack-hooks/../hooks/x",
    ".git/autopack-hooks-not/x.db",
    "GIT~1/hooks/x",
]
ANOTHERS = ["nested/x.db", "nested/deep/er/x.db", "sub/x.db", "bare/x.db"]
STATE = [
    ".git/autopack-hooks",
    ".git/autopack-hooks/clone-id",
    ".git/autopack-hooks/audit/x.db",
    ".git/autopack-hooks/Cache/x.db",
]
TRACKED = ["tracked.db", "journaled.db", "walled.db", "shared.db", "docs", "."]
INSIDE = [
    "x.db",
    "var/deep/x.db",
    "docs/../x.db",
    "in/x.db",
    "inner.db",
    ".gitx/x.db",
    "x.git",
    "docs/x.db",
    "..x.db",
    "tracked.db2",
    "journaled",
    ".git/autopack-hooks/x.db",
    ".git/autopack-hooks/stores/x.sqlite3",
    "Docs/x.db",
]


def world(repo: GitRepo, home: Path) -> None:
    for name in ("tracked.db", "journaled.db-journal", "walled.db-wal", "shared.db-shm", "docs/a.md"):
        repo.write(name, "x")
    links = {
        "out": home,
        "dangling.db": home / "new.db",
        "chain": "out",
        "deep/out": home,
        "git": ".git",
        "in": "docs",
        "inner.db": "var/y.db",
    }
    for name, target in links.items():
        (repo.root / name).parent.mkdir(exist_ok=True)
        (repo.root / name).symlink_to(target)
    repo.commit()
    (repo.root / "nested/.git/hooks").mkdir(parents=True)
    (repo.root / "sub").mkdir()
    (repo.root / "sub/.git").write_text("gitdir: elsewhere\n")
    for name in ("objects", "refs"):
        (repo.root / "bare" / name).mkdir(parents=True)
    (repo.root / "bare/HEAD").touch()


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (OUTSIDE, "outside the work tree"),
        (GITS_OWN, "git's own"),
        (ANOTHERS, "another repository"),
        (STATE, "its own files"),
        (TRACKED, "but git tracks"),
    ],
    ids=["outside", "git", "others", "state", "tracked"],
)
def test_attacks(repo, home, names, word):
    world(repo, home)
    for name in names:
        text = refusal(place(repo, name.format(home=home)))
        assert word in text, f"{name}: {text}"


def test_places_inside(repo, home):
    world(repo, home)
    for name in INSIDE:
        found = place(repo, name).resolve()
        assert found == Path(os.path.realpath(repo.root / name)), name
    assert place(repo, repo.root / "var/x.db").resolve() == repo.root / "var/x.db"


def test_a_folder_with_tracked_files_or_a_tracked_lock(repo):
    for name in ("q/docs/segments/a", "q/locked.lock"):
        repo.write(name, "x")
    repo.commit()
    assert "git tracks q/docs/segments/a" in refusal(place(repo, "q/docs", folder=True))
    assert "git tracks q/locked.lock" in refusal(place(repo, "q/locked", folder=True))
    assert place(repo, "q/doc", folder=True).resolve() == repo.root / "q/doc"
    for name in ("audit/q", "locks", "cache/a/b"):
        assert "its own files" in refusal(place(repo, f".git/autopack-hooks/{name}", folder=True))
    assert place(repo, ".git/autopack-hooks/q/docs", folder=True).resolve()


def test_commands_in_messages_are_quoted(repo, home):
    assert f"'{home}/$(reboot)'" in refusal(place(repo, home / "$(reboot)/x.db"))


@pytest.mark.parametrize("how", ["global", "local", "environment"])
def test_allowed(repo, home, tmp_path, how):
    env = {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), "HOME": str(home)}
    (home / "ok").mkdir()
    (tmp_path / "alias").symlink_to(home / "ok")
    (repo.root / "out").symlink_to(home / "ok")

    def allow(folder: str) -> StorePlace:
        if how == "environment":
            return place(repo, home / "ok/x.db", **{**env, ALLOW_PATHS: os.pathsep.join(["/nowhere", "", folder])})
        full = {**os.environ, **env}
        ask = ["git", "config", f"--{how}", "--replace-all", ALLOW_PATH, folder]
        subprocess.run(ask, cwd=repo.root, env=full, check=True)
        return place(repo, home / "ok/x.db", **env)

    for folder in (
        home / "o",
        home / "ok-not",
        repo.root,
        "ok",
        ".",
        "../home",
        "",
        "~x",
        home / "ok/x",
        home / "other",
    ):
        refusal(allow(str(folder)))
    for folder in (home / "ok", home, home / "ok/x.db", "~/ok", "~", tmp_path / "alias", f"{home}/other/../ok/", "/"):
        assert allow(str(folder)).resolve() == home / "ok/x.db"


def test_no_allowance_lifts_another_rule(repo, home):
    world(repo, home)
    env = {ALLOW_PATHS: os.pathsep.join(["/", str(home), str(repo.root / ".git"), str(home / "other")])}
    for name in (*GITS_OWN, *ANOTHERS, *TRACKED, *STATE):
        refusal(place(repo, name, **env))
    for name in (
        "other/autopack.db",
        "other/.git/hooks/x",
        "other/.git/autopack-hooks/x.db",
        "bare.git/hooks/x",
        "other/a/b.db",
    ):
        assert "repository" in refusal(place(repo, home / name, **env)) or ".git" in name


def test_the_repository_cannot_allow_a_path_by_an_included_file(repo, home):
    repo.write(".gitconfig", f"[autopack-hooks]\n\tallowPath = {home}\n")
    repo.git("config", "--local", "include.path", "../.gitconfig")
    assert repo.git("config", "--get", ALLOW_PATH).strip() == str(home)
    refusal(place(repo, home / "x.db"))


def test_the_users_own_word_needs_no_permission(repo, home):
    world(repo, home)
    (repo.root / "mine.db").symlink_to(home / "mine.db")
    (repo.root / "mine").symlink_to(home)
    for name in (
        "x.db",
        home / "x.db",
        home / "other/x.db",
        "tracked.db",
        "nested/x.db",
        "inner.db",
        "mine.db",
        "mine/x.db",
        ".git/x.db",
    ):
        assert place(repo, name, own_word=True).resolve() == Path(os.path.realpath(repo.root / name))


@pytest.mark.parametrize("name", ["out/x.db", "dangling.db", "chain/x.db", "mine/x.db", "docs/../out/x.db"])
def test_a_link_of_the_repository_on_the_way_of_the_users_word_is_its_word(repo, home, name):
    world(repo, home)
    (repo.root / "mine").symlink_to("out")
    refusal(place(repo, name, own_word=True))
    assert place(repo, name, own_word=True, **{ALLOW_PATHS: str(home)}).resolve().is_relative_to(home)


def test_links_in_a_circle_end(repo):
    (repo.root / "a").symlink_to("b")
    (repo.root / "b").symlink_to("a")
    for own_word in (True, False):
        assert place(repo, "a/x.db", own_word=own_word).resolve().is_relative_to(repo.root)


def test_a_link_that_comes_in_between_is_seen(repo, home):
    store = place(repo, "var/x.db")
    found = store.resolve()
    store.check_again(found)
    (repo.root / "var").symlink_to(home)
    with pytest.raises(TargetError, match="symbolic link"):
        store.check_again(found)


def test_a_nul_character(repo):
    for own_word in (True, False):
        with pytest.raises(TargetError, match="NUL"):
            place(repo, "a\0b", own_word=own_word).resolve()


def test_outside_git(tmp_path, home):
    root = tmp_path / "plain"
    root.mkdir()
    for name, fine in (
        ("x.db", True),
        (".autopack/q", True),
        ("../x.db", False),
        (".autopack/state/audit/x.db", False),
    ):
        store = StorePlace(root / name, "sync.x", False, root, None, dict(os.environ))
        if fine:
            assert store.resolve() == root / name
            store.hide(root / name)
        else:
            refusal(store)
    allowed = StorePlace(home / "x.db", "sync.x", False, root, None, {**os.environ, ALLOW_PATHS: str(home)})
    assert allowed.resolve() == home / "x.db" and not list(root.iterdir())


def status(repo: GitRepo) -> str:
    return repo.git("status", "--porcelain", "--untracked-files=all", "--ignored=no").strip()


@pytest.mark.parametrize(
    ("name", "folder", "files"),
    [
        ("autopack.db", False, ["autopack.db", "autopack.db-journal", "autopack.db-new-0f", "autopack.db.damaged-1"]),
        (".autopack/qdrant/docs", True, [".autopack/qdrant/docs/a", ".autopack/qdrant/docs.lock"]),
        ("var/x.db", False, ["var/x.db", "var/x.db-wal", "var/x.db.damaged-2-journal"]),
        ("docs/q", True, ["docs/q/a/b", "docs/q.lock", "docs/q.new-0f/a", "docs/q.damaged-1/a"]),
        ("a b/[x]*?\\!#.db", False, ["a b/[x]*?\\!#.db", "a b/[x]*?\\!#.db-shm"]),
        (" #x.db ", False, [" #x.db "]),
        (".autopack2/q", True, [".autopack2/q/a"]),
    ],
)
@pytest.mark.parametrize("own_word", [True, False])
def test_a_store_is_hidden_before_it_is_made(repo, name, folder, files, own_word):
    repo.commit("empty")
    repo.write(".git/info/exclude", "*.tmp")
    store = place(repo, name, folder=folder, own_word=own_word)
    for _ in range(2):
        store.hide(store.resolve())
    excluded = repo.read(".git/info/exclude")
    for path in files:
        repo.write(path, "x")
    assert (
        status(repo) == ""
        and excluded.startswith("*.tmp\n/")
        and excluded.count("\n/") == len(set(excluded.split("\n/")[1:]))
    )
    for near in ("x.db2", "src/a.py", "docs/q.md", "docs/q2/a", "a b/x.db", "x.tmpl"):
        repo.write(near, "x")
    assert len(status(repo).splitlines()) == 6, "nothing else is hidden"


def test_what_is_hidden_already_or_lies_elsewhere_needs_no_line(repo, home):
    repo.write(".gitignore", "var/\n")
    for name in ("var/x.db", home / "x.db", ".git/autopack-hooks/x.db"):
        store = place(repo, name, own_word=True)
        store.hide(store.resolve())
    assert not (repo.root / ".git/info/exclude").exists()


def test_the_repository_cannot_take_the_exclusion_back(repo):
    repo.write(".gitignore", "!x.db\n")
    with pytest.raises(TargetError, match="gitignore"):
        place(repo, "x.db").hide(repo.root / "x.db")
    place(repo, "x.db", own_word=True).hide(repo.root / "x.db")


def test_a_newline_makes_no_pattern_of_its_own(repo):
    name = "x\n*\n.db"
    with pytest.raises(TargetError, match="control"):
        place(repo, name).hide(repo.root / name)
    place(repo, name, own_word=True).hide(repo.root / name)
    assert not (repo.root / ".git/info/exclude").exists()


def test_linked_worktrees_share_the_exclusion(repo, tmp_path):
    repo.commit("empty")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = GitRepo(tmp_path / "linked")
    store = place(linked, "autopack.db")
    store.hide(store.resolve())
    repo.write("autopack.db", "x")
    linked.write("autopack.db", "x")
    assert status(repo) == status(linked) == ""
    assert place(linked, "var/x.db").resolve() == linked.root / "var/x.db"
    assert "git's own" in refusal(place(linked, ".git/x.db"))
    refusal(place(linked, repo.root / "x.db"))
