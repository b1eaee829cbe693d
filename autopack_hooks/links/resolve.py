"""Resolve a link as GitHub does, against what git tracks: it is good, or a verdict says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.core.words import counted
from autopack_hooks.links import categories as c
from autopack_hooks.links.href import LINE_SUFFIX, LINES, Href, is_external, is_local_url, may_be_own, parse_target
from autopack_hooks.links.mentions import mentioned_path
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.links.remotes import FILE_PAGES, SitePage, page_from, site_page
from autopack_hooks.links.tree import BROKEN_SYMLINK, FILE, FOLDER, MODULE, Tree, normal
from autopack_hooks.markdown.structure import MENTION, Link

if TYPE_CHECKING:
    from autopack_hooks.links.remotes import OwnRepository

MARKDOWN = (".md", ".markdown")


class Verdict(NamedTuple):
    """Hold what is wrong with a link.

    ``path`` is where it leads (repository-relative, normal form), ``fragment`` the anchor it asks for. ``exact`` is the
    path that is certainly meant, with ``anchor`` (None: the fragment as it is), where the fault itself tells.
    """

    category: str
    message: str
    path: str
    fragment: str | None = None
    exact: str | None = None
    anchor: str | None = None


class Good(NamedTuple):
    """Hold the tracked file or folder ``path`` that a link leads to."""

    path: str


class ResolveContext(NamedTuple):
    """Hold what resolution needs: the tree, documents' links, files' line counts, what lies on disk, our own URLs."""

    tree: Tree
    links: Callable[[str], DocumentLinks | None]
    lines: Callable[[str], int | None]
    on_disk: Callable[[str], bool]
    own: Callable[[], OwnRepository]


def resolve(source: str, link: Link, context: ResolveContext) -> Verdict | Good | None:
    """Return what is wrong with ``link`` of ``source``, or where it leads; None for what does not lead to a path of ours."""
    target = link.target.strip()
    if link.fault == c.UNDEFINED_REFERENCE:
        return Verdict(link.fault, f"[{target}] is defined nowhere in this document", "")
    if link.fault:
        return Verdict(link.fault, f"the footnote [{target}] is defined nowhere in this document", "")
    if link.form == MENTION:
        return _mention(source, target, context)
    if is_external(target):
        return _own_url(target, context) if may_be_own(target) else None
    if is_local_url(target):
        return Verdict(c.OUTSIDE_REPOSITORY, f"{target} is a place on somebody's own machine", target)
    if not target:
        if _is_draft(source, context):
            return None
        return Verdict(c.MISSING_FILE, "the link has no destination", "")
    parts = parse_target(target)
    if not parts.path:
        return None if parts.fragment is None else _fragment(source, parts.fragment, source, context)
    path = normal(join(source, parts.path))
    outside = path == ".." or path.startswith("../")
    found = None if outside else context.tree.find(path)
    if found is None:
        if page := site_page(source, parts.path, path, context.own):
            return _of_site(page, parts, source, context)
        return (_leaves if outside else _missing)(source, parts, path, context)
    if found.kind == BROKEN_SYMLINK:
        return Verdict(c.BROKEN_SYMLINK, f"{found.path} is a symbolic link that leads nowhere", path, parts.fragment)
    return _inside(found.kind, found.path, parts.fragment, source, context) or Good(found.path)


def _is_draft(source: str, context: ResolveContext) -> bool:
    """Return whether a link without a destination is a chapter that is still to be written, as mdBook has them."""
    folder, _, name = source.rpartition("/")
    if name != "SUMMARY.md":
        return False
    places = [folder, folder.rpartition("/")[0]]
    return any(context.tree.find(f"{place}/book.toml".lstrip("/")) is not None for place in places)


def join(source: str, path: str) -> str:
    """Return a link's path from the root: ``/…`` is relative to the root, anything else to the source's folder."""
    if path.startswith("/"):
        return path.lstrip("/")
    folder, slash, _ = source.rpartition("/")
    return folder + slash + path


def _inside(kind: str, path: str, fragment: str | None, source: str, context: ResolveContext) -> Verdict | None:
    if fragment is None or kind == MODULE:
        return None
    if kind == FOLDER:
        readme = context.tree.readme(path)
        if readme is None:
            return _fragment_of_nothing(path, fragment)
        path = readme
    return _fragment(path, fragment, source, context)


def fragment_fault(path: str, fragment: str, source: str, context: ResolveContext) -> Verdict | None:
    """Return what is wrong with ``fragment`` of the tracked file or folder ``path``."""
    found = context.tree.find(path)
    return _inside(found.kind, found.path, fragment, source, context) if found else None


def _fragment_of_nothing(path: str, fragment: str) -> Verdict | None:
    if fragment in ("", "top"):
        return None
    return Verdict(c.MISSING_ANCHOR, f"#{fragment}: the folder {path}/ has no README", path, fragment)


def has_anchor(anchors: frozenset[str], fragment: str) -> bool:
    """Return whether a document with these anchors answers to ``fragment`` (decoded)."""
    wanted = fragment.lower()
    return wanted in ("", "top") or wanted in anchors or wanted.removeprefix("user-content-") in anchors


def _is_readme(path: str, fragment: str) -> bool:
    """Return whether ``fragment`` is the place of a README on the page of its folder."""
    return fragment.lower() == "readme" and path.rpartition("/")[2].lower().startswith("readme.")


def _fragment(path: str, fragment: str, source: str, context: ResolveContext) -> Verdict | None:
    """Check a fragment of the file ``path``."""
    lines = LINES.match(fragment)
    markdown = path.lower().endswith(MARKDOWN)
    if markdown:
        facts = context.links(path)
        if facts is None or has_anchor(facts.anchors, fragment) or _is_readme(path, fragment):
            return None
    if lines:
        return _line_range(path, fragment, lines, context)
    if not markdown:
        return None
    where = "this document" if path == source else path
    return Verdict(c.MISSING_ANCHOR, f"#{fragment}: {where} has no such heading or anchor", path, fragment)


def _line_range(path: str, fragment: str, lines: re.Match[str], context: ResolveContext) -> Verdict | None:
    count = context.lines(path)
    first, last = int(lines["first"]), int(lines["last"] or lines["first"])
    # An empty file is a stub (or not checked out); it has no line to be out of.
    if not count or (1 <= first <= count and 1 <= last <= count):
        return None
    return Verdict(c.LINE_OUT_OF_RANGE, f"#{fragment}: {path} has {counted(count, 'line')}", path, fragment)


def _of_site(page: SitePage, parts: Href, source: str, context: ResolveContext) -> Verdict | None:
    """Judge a page of the repository's site: a file's page must have the file, the first page shows the README."""
    if not page.name:
        return _inside(FOLDER, "", parts.fragment, source, context)
    rest = context.own().path_after_branch(page.rest) if page.name in FILE_PAGES else None
    if rest is None or context.tree.exists(rest):
        return None
    return Verdict(c.OWN_REPOSITORY_URL, f"{rest} does not exist", rest, parts.fragment)


def _leaves(source: str, parts: Href, path: str, context: ResolveContext) -> Verdict:
    """Judge a path out of the repository: one written from elsewhere, or a fault."""
    written = normal(parts.path.lstrip("/"))
    bare = re.sub(r"^(?:\.\./)+", "", written)
    if bare != ".." and context.tree.find_plain(bare) and bare:
        message = f"{parts.path} leaves the repository; {bare} is there from the root"
        return Verdict(c.WRONG_BASE, message, path, parts.fragment, bare)
    page = page_from(source, path)
    hint = f"; the page of its site is {page} from here" if page else ""
    return Verdict(c.OUTSIDE_REPOSITORY, f"{parts.path} leads out of the repository{hint}", path, parts.fragment)


def _missing(source: str, parts: Href, path: str, context: ResolveContext) -> Verdict:
    """Return why nothing tracked is at ``path``."""
    tree, fragment = context.tree, parts.fragment
    if spelled := tree.other_spellings(path):
        message = f"{path} is spelled {spelled[0]} in the repository"
        return Verdict(c.CASE_MISMATCH, message, path, fragment, spelled[0] if len(spelled) == 1 else None)
    if verdict := _from_root(parts, path, tree) or _with_lines(source, parts, path, context):
        return verdict
    if context.on_disk(path):
        return Verdict(c.UNTRACKED, f"{path} is on disk, but git does not track it", path, fragment)
    if "\\" in parts.path:
        slashed = normal(join(source, parts.path.replace("\\", "/")))
        exact = slashed if tree.exists(slashed) else None
        return Verdict(c.MISSING_FILE, f"{parts.path} is written with backslashes; links have /", path, fragment, exact)
    return Verdict(c.MISSING_FILE, f"{path} does not exist", path, fragment)


def _from_root(parts: Href, path: str, tree: Tree) -> Verdict | None:
    written = normal(re.sub(r"^(?:\.{0,2}/)+", "", parts.path))
    if written and written != path and not written.startswith("..") and tree.exists(written):
        message = f"{path} does not exist; {written} does, but a link is relative to its own document"
        return Verdict(c.WRONG_BASE, message, path, parts.fragment, written)
    return None


def _with_lines(source: str, parts: Href, path: str, context: ResolveContext) -> Verdict | None:
    match = LINE_SUFFIX.match(parts.path)
    if match is None:
        return None
    for candidate in (normal(join(source, match["path"])), normal(match["path"].lstrip("/"))):
        found = context.tree.find(candidate)
        if found and found.kind == FILE:
            anchor = f"L{match['first']}" + (f"-L{match['last']}" if match["last"] else "")
            message = f"{parts.path}: a line is written #{anchor}"
            return Verdict(c.LINE_SUFFIX, message, path, parts.fragment, candidate, anchor)
    return None


def _mention(source: str, target: str, context: ResolveContext) -> Verdict | None:
    written = mentioned_path(target)
    tree = context.tree
    if written.rpartition(".")[2].lower() not in tree.extensions:
        return None
    from_root = normal(written.lstrip("/"))
    if tree.find_plain(from_root):
        return None
    both = (from_root, normal(join(source, written)))
    if any(p.startswith("..") or tree.exists(p) for p in both) or any(map(context.on_disk, both)):
        return None
    others = tree.by_name.get(from_root.rpartition("/")[2], [])
    elsewhere = [p for p in others if f"/{p}".endswith(f"/{from_root}")]
    if elsewhere:
        more = f" and {len(elsewhere) - 1} more" if len(elsewhere) > 1 else ""
        return Verdict(c.ELSEWHERE, f"{written} is {elsewhere[0]}{more}", from_root)
    if "/" not in from_root:
        return None
    return Verdict(c.MISSING_FILE, f"{from_root} does not exist", from_root)


def _own_url(target: str, context: ResolveContext) -> Verdict | None:
    own = context.own()
    found = own.path_of(target)
    if found is None:
        return None
    parts = parse_target(found)
    path = normal(parts.path)
    if not context.tree.exists(path):
        return Verdict(c.OWN_REPOSITORY_URL, f"{path} does not exist in this repository", path, parts.fragment)
    inner = fragment_fault(path, parts.fragment, "", context) if parts.fragment is not None else None
    return inner._replace(category=c.OWN_REPOSITORY_URL) if inner else None
