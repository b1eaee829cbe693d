"""Version headings as changelogs and the tools that write them have it, and the heading of a new version in the same form.

A version may be a link, stand in brackets, have a ``v`` before it, or be set small; the dialect's forms are about what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from autopack_hooks.core.edits import Edit
from autopack_hooks.ledger.dialect import DATE
from autopack_hooks.ledger.model import Document, Section

_SMALL = re.compile(r"</?small>|\*\*")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)?\)|\[[^\[\]]*\])")
_MARK = re.compile(r"^(\[?)(?:(?:[Vv]ersion|[Rr]elease)[ ]+)?[vV]?(?=[0-9])")
_BETWEEN = re.compile(r"(?<=[0-9A-Za-z\]])(?:[ \t]*[-/,:|\u2013\u2014][ \t]*|[ \t]+)(?=[0-9]{4}[-/.][0-9]{1,2}[-/.])")
_NOT_YET = re.compile(
    r"(?i)(?:\s*[-/\u2013\u2014]\s*|\s+)[(\[]?(?:unreleased|releasedate|tba|tbd|[0-9yx]{4}-[0-9mx?]{2}-[dx?]{2})[)\]]?$"
)
_LINKED = re.compile(r"\]\(([^()\s]*)")
_STATUS = re.compile(r"\s*\[[A-Z]{4,}\]\s*$")
_WORD = re.compile(r"[\w?]+")
_LAST_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)+(?:[-+][\w.+-]*)?$")

_UNRELEASED = frozenset(("unreleased", "upcoming", "next", "vnext"))
_BRANCHES = frozenset(("main", "master", "head", "develop", "dev", "trunk"))
_BESIDE = frozenset(
    ("changes", "release", "version", "tba", "tbd", "yyyy", "mm", "dd", "xx", "xxxx", "??", "in", "progress", "date")
).union(["releasedate"])


def plain_version(text: str) -> str:
    """Return a heading's text with nothing around its version: no link, no small print, no ``v``, no date still to come."""
    text = _SMALL.sub("", text).strip().strip("*").strip()
    if text.startswith("[") and (link := _LINK.match(text)):
        text = f"[{link[1]}]{text[link.end() :]}"
    return _NOT_YET.sub("", _MARK.sub(r"\1", text, count=1))


def is_to_come(heading: str) -> bool:
    """Return whether a version's heading says that it is not released yet, in place of a date."""
    return _NOT_YET.search(heading.removesuffix("</small>")) is not None


def usual(text: str) -> str:
    """Return the text of ``plain_version`` with the usual hyphen between version and date."""
    return _BETWEEN.sub(" - ", text, count=1)


def is_unreleased(text: str, loose: Sequence[str]) -> bool:
    """Return whether a heading is for what is not released yet: ``[Unreleased](…)``, ``main / unreleased``, ``Next``."""
    text = _LINK.sub(r"\1", text) if "](" in text or "][" in text else text
    words = _WORD.findall(text.lower())
    own = _UNRELEASED.union(word.lower() for word in loose)
    if not 0 < len(words) <= 6 or not all(word in own or word in _BRANCHES or word in _BESIDE for word in words):
        return False
    return any(word in own for word in words) or (len(words) == 1 and words[0] in _BRANCHES)


def is_linked(heading: str) -> bool:
    """Return whether the text of a version's heading holds a link."""
    return "](" in heading or "][" in heading


def heading_like(document: Document, version: str, date: str) -> str | None:
    """Return the heading of a new version as the file has them; None where it has none that can be taken as a pattern.

    Some tools write patch releases one level deeper: the newest version of the same kind is the pattern.
    """
    known = [section for section in document.sections if section.form == "canonical"]
    known = known if document.dialect.newest_first else known[::-1]
    models = [section for section in known if DATE in section.values] or known
    model = next((section for section in models if _is_patch(section.entry_id) == _is_patch(version)), None)
    model = model or next(iter(models), None)
    if model is None:
        return None
    lines = document.source.lines
    text = _like(model, known[0].entry_id, version, date)
    before, found, behind = lines[model.line - 1].partition(model.heading)
    if not found:
        return None
    if before.lstrip().startswith("#"):
        return f"{before}{text}{behind}".strip()
    return f"{text}\n{lines[model.line][:1] * len(text)}"  # underlined


def definition_edits(document: Document, version: str) -> Iterator[Edit]:
    """Yield the link definition of a new version, and what that of the unreleased changes starts from, in the file's form.

    Nothing where the form is not certain: it has to follow from the newest version's, and be that of the one before.
    """
    rank, source = document.dialect.rank, document.source
    known = sorted(document.entries, key=rank, reverse=True)
    newest = known[0] if known else ""
    model = next((section for section in document.sections if section.entry_id == newest), None)
    labels = {label.lower().removeprefix("v"): label for label in document.links}
    label = labels.get(newest.lower())
    if model is None or label is None or rank(version) <= rank(newest):
        return
    link, lines = document.links[label], source.lines
    form = _form_of_links(document, known, labels)
    plain = "[" in model.heading and not is_linked(model.heading) and lines[link.line - 1] == f"[{label}]: {link.text}"
    if not form or not plain:
        return
    text = f"[{label.replace(newest, version)}]: {_filled(form, version, newest)}"
    older = document.links.get(labels.get(known[1].lower(), "")) if len(known) > 1 else None
    rising = older is not None and older.line < link.line
    at = source.offset(link.line) + (len(lines[link.line - 1]) if rising else 0)
    yield Edit(at, at, source.newline + text if rising else text + source.newline)
    loose = {word.lower() for word in document.dialect.loose}
    for name, target in document.links.items():
        found = list(_bounded(newest).finditer(target.text)) if name.lower() in loose else []
        start = lines[target.line - 1].find(target.text)
        if len(found) == 1 and start >= 0:
            at = source.offset(target.line) + start + found[0].start()
            yield Edit(at, at + len(newest), version)


_NEW, _OLD = "\0", "\1"
"""Where the version, and the one before it, stand in the form of a link."""


def _form_of_links(document: Document, known: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return the form of the newest version's link; "" where another link speaks against it.

    Args:
        document: the changelog.
        known: its versions, the newest first.
        labels: version -> the label of its link definition.
    """
    newest, before, first = [*known, "", ""][:3]
    form = _bounded(newest).sub(_NEW, document.links[labels[newest.lower()]].text)
    form = _bounded(before).sub(_OLD, form) if before else form
    older = document.links.get(labels.get(before.lower(), ""))
    if _NEW not in form or any(_bounded(other).search(form) for other in known[2:]):
        return ""
    is_told = older is None or (_OLD in form and not first) or _filled(form, before, first) == older.text
    return form if is_told else ""


def _filled(form: str, version: str, before: str) -> str:
    return form.replace(_NEW, version).replace(_OLD, before)


def _bounded(version: str) -> re.Pattern[str]:
    """Return a pattern for a version that is not a part of a longer one."""
    return re.compile(rf"(?<![0-9])(?<![0-9]\.){re.escape(version)}(?![0-9]|\.[0-9]|[-+][0-9A-Za-z])")


def _is_patch(version: str) -> bool:
    return re.match(r"[0-9]+\.[0-9]+\.0*[1-9]", version) is not None


def _like(model: Section, newest: str, version: str, date: str) -> str:
    """Return the heading of ``model`` for another version, which is the next one after ``newest``."""
    heading, link = model.heading, _LINKED.search(model.heading)
    if link:
        old, dots, new = link[1].rpartition("..." if "..." in link[1] else "..")
        url = _LAST_VERSION.sub(lambda _: newest, old) + dots + new.replace(model.entry_id, version)
        without = _LINK.sub(r"[\1]", heading, count=1)
        heading = heading[: link.start(1)] + url + heading[link.end(1) :] if model.entry_id in new else without
    label, _, rest = heading.partition(model.entry_id)
    if said := model.values.get(DATE):
        separator = said.text[4:5] if said.text[4:5] in ("/", ".") else "-"
        before, _, behind = rest.rpartition(said.text)
        rest = before + date.replace("-", separator) + behind
    return label + version + _STATUS.sub("", rest)
