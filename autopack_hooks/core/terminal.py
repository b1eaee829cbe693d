"""The one door to the terminal: the text of other people's files is printed, and steers neither it nor a runner."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

_COMMAND = re.compile(r"^( *):(?=:)|(##(?:vso)?)\[", re.MULTILINE)
"""Where a runner (GitHub Actions, Azure Pipelines) reads a command: ``::`` begins a line, ``##[`` stands anywhere."""


def escape(text: str) -> str:
    r"""Return ``text`` on one line, with every control character and other unprintable one as ``\xNN``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def escaped_path(path: str) -> str:
    """Return a path that may begin a line: escaped, and as ``./…`` where a runner would obey it."""
    return f"./{escape(path)}" if path.lstrip().startswith(("::", "##[")) else escape(path)


def text_of(lines: Iterable[str]) -> str:
    """Return ``lines`` as a text, each escaped, so that a newline in a name does not make another line."""
    return "".join(f"{escape(line)}\n" for line in lines)


def json_text(value: Any, indent: int | None = 2) -> str:
    r"""Return ``value`` as JSON in which all that is not printable is a ``\u`` escape, with a newline at its end."""
    import json  # a hook without work to do has no use for it

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    return (_COMMAND.sub(r"\2\\u005b", text) if "##" in text else text) + "\n"


def write_line(line: str, *, error: bool = False) -> None:
    """Print ``line``, escaped, to stdout or stderr."""
    _write(_tamed(escape(line)) + "\n", error=error)


def write_text(text: str, *, error: bool = False, annotations: bool = False) -> None:
    """Print ``text``, which has lines of its own.

    Args:
        text: What to print. Names in it are escaped already, for their newlines are not known from those of the text.
        error: Print it to stderr.
        annotations: Its lines are GitHub's workflow commands, made by us.
    """
    if not text.replace("\n", "").isprintable():
        text = "\n".join(map(escape, text.split("\n")))
    _write(text if annotations else _tamed(text), error=error)


def takes_marks(environ: Mapping[str, str]) -> bool:
    """Return True if stdout is a terminal that shows marked words, and nobody asked for none (https://no-color.org)."""
    return sys.stdout.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def write_marked(line: str, places: Iterable[tuple[int, int]], *, marks: bool) -> None:
    """Print ``line``, escaped, to stdout, with the parts of it at ``places`` in bold where ``marks`` is given."""
    if not marks:
        write_line(line)
        return
    shown, at = "", 0
    for start, end in places:
        shown += escape(line[at:start]) + f"\x1b[1;33m{escape(line[start:end])}\x1b[0m"
        at = end
    _write(_tamed(shown + escape(line[at:])) + "\n", error=False)


def write_progress(text: str) -> None:
    """Show ``text`` on the last line of the terminal behind stderr, in place of what it showed before."""
    sys.stderr.write(f"\r\x1b[K{escape(text)}")
    sys.stderr.flush()


def clear_screen() -> bool:
    """Clear the terminal behind stdout; False where it is another thing."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[2J")
    return sys.stdout.isatty()


def _write(text: str, *, error: bool) -> None:
    (sys.stderr if error else sys.stdout).write(text)


def _tamed(text: str) -> str:
    """Return ``text`` so that no runner finds a command in it."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda m: f"{m[1]}\\x3a" if m[2] is None else f"{m[2]}\\x5b", text)
