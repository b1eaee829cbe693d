"""Reads a Markdown text as GitHub does: the one module that knows the parser.

The parser gives events with the places of their bytes; lines and columns are counted only for what is kept. What GitHub
has and the parser lacks is added in ``additions``: bare URLs, math, references and footnotes that nothing defines. Front
matter counts at the very top only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pyromark import Options, events_with_range, reference_definitions

from autopack_hooks.core.text import front_matter_end, unix_newlines
from autopack_hooks.markdown.additions import Cover
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.collected import Collected
from autopack_hooks.markdown.destinations import definition_destination
from autopack_hooks.markdown.titles import without_long_titles

_OPTIONS = (
    Options.ENABLE_TABLES
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_GFM
)
# Where a line can begin with a definition: behind the marks of quotes and list items.
_DEFINITION = re.compile(rb"^[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]++[>\t ]*+)*+\[(?!\^)", re.MULTILINE)
_LINKS = re.compile(r"\]\(|\]:|\]\[|\[\^|://|www\.|<[a-zA-Z!]")


def may_hold_links(text: str) -> bool:
    """Return whether ``text`` holds anything that a link, an anchor in HTML or a comment is made of.

    A text without has nothing but headings, blocks and code spans.
    """
    return _LINKS.search(text) is not None


def read(text: str) -> Structure:
    r"""Return the structure of ``text``, which has no byte order mark.

    Total: every text has one, in time that grows with its length: an inline link whose title goes over more than 1,000
    lines is read as text. Lines end at ``\\n``, ``\\r\\n`` and ``\\r`` only.
    """
    text = unix_newlines(text).replace("\0", "\ufffd")
    front = front_matter_end(text.split("\n")) if text.startswith("---") else 0
    for _ in range(front):
        text = text.partition("\n")[2]
    last = text.rstrip(" \t")
    text = last if last.endswith("\n") else text  # a last line of blanks is none
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a character: it counts as one, as it does in a column
        data = text.encode(errors="replace")
        text = data.decode()
    found = Collected(data, front)
    text = without_long_titles(text)
    _collect(found, text)
    if b"]:" in found.data:
        found.definitions = _definitions(found, text)
    return Structure(found)


def _collect(found: Collected, text: str) -> None:
    """Walk the events of ``text``. Most are passed over, so the commonest are asked for first."""
    heading_end = code_end = image_end = 0
    heading: list[str] = []
    broken: list[Any] = []
    events: Iterable[tuple[Any, Any]] = events_with_range(text, options=_OPTIONS, broken_link_callback=broken.append)
    for event, span in events:
        if "Text" in event:
            start = span["start"]
            if start < heading_end:
                if start >= image_end:
                    heading.append(event["Text"])
            elif start < code_end:
                found.code_text_ends[-1] = span["end"]
        elif "End" in event:
            pass
        elif "Start" in event:
            tag = event["Start"]
            if tag.__class__ is str:
                if tag == "HtmlBlock":
                    found.html_blocks.append((span["start"], span["end"], []))
                continue
            start, end = span["start"], span["end"]
            if "Heading" in tag:
                heading, heading_end = [], end
                found.headings.append((start, end, int(tag["Heading"]["level"][1]), heading))
            elif "Link" in tag:
                found.links.append((start, end, tag["Link"], False))
            elif "Image" in tag:
                found.links.append((start, end, tag["Image"], True))
                image_end = max(image_end, end)
            elif "CodeBlock" in tag:
                found.code_blocks.append((start, end, tag["CodeBlock"]))
                found.code_text_ends.append(0)
                code_end = end
            elif "Table" in tag:
                found.tables.append((start, end))
            else:  # a list, a quote or a footnote
                found.containers.append((start, end))
                if "FootnoteDefinition" in tag:
                    found.footnotes.append((start + 2, tag["FootnoteDefinition"]))
        elif "Code" in event:
            found.codes.append((span["start"], span["end"]))
            if image_end <= span["start"] < heading_end:
                heading.append(event["Code"])
        elif "Html" in event:
            found.html_blocks[-1][2].append((span["start"], event["Html"]))
        elif "InlineHtml" in event:
            found.tags.append((span["start"], span["end"], event["InlineHtml"]))
        elif "FootnoteReference" in event:
            found.footnote_uses.add(span["start"])
            if span["start"] < heading_end:
                heading.append(event["FootnoteReference"])
        elif span["start"] < heading_end:  # a line break
            heading.append("\n")
    found.broken = [link for link in broken if link["link_type"] != "Shortcut"]


def _definitions(found: Collected, text: str) -> list[tuple[int, int]]:
    """Return start and end of the link definitions: the first of each label, as the parser gives them, and the others."""
    spans = [definition["span"] for definition in reference_definitions(text, options=_OPTIONS).values()]
    firsts = [(span["start"], span["end"]) for span in spans]
    others = _possible_definitions(found, Cover(firsts)) if firsts else []
    if others:
        # What the parser gives no event for, though it looks like a definition, is another one of its label.
        shown = {span["start"] for _, span in events_with_range(text, options=_OPTIONS)}
        others = [(start, end) for start, end in others if start not in shown]
    return sorted([*firsts, *others])


def _possible_definitions(found: Collected, known: Cover) -> list[tuple[int, int]]:
    """Return what looks like definitions outside those that are ``known``; such a one is taken to end with a line."""
    opaque = Cover((start, end) for start, end, _ in (*found.code_blocks, *found.html_blocks))
    possible = []
    for match in _DEFINITION.finditer(found.data):
        start = match.end() - 1
        place = None if known.end_over(start) or opaque.end_over(start) else definition_destination(found.data, start)
        if place:
            end = found.data.find(b"\n", place.start)
            possible.append((start, end if end >= 0 else len(found.data)))
    return possible
