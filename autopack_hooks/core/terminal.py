"""The one door to the terminal: the text of other people's files is printed, and steers neither it nor a runner."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

_COMMAND = re.compile(r"^( *):(?=:)|(##(?:vso)?)\[", re.MULTILINE)
"""Where a runner (GitHub Actions, Azure Pipelines) reads a command: ``::`` begins a line, ``##[`` stands anywhere."""

COLOR_CHOICES = ("auto", "always", "never")
_STYLES = {
    "path": "1",
    "code": "36",
    "error": "1;31",
    "warning": "33",
    "info": "34",
    "good": "32",
    "bold": "1",
    "dim": "2",
    "mark": "1;33",
}
"""Role of a text -> the parameters of its SGR sequence, of the basic colours, which every theme makes readable."""
_colored = {"stdout": False, "stderr": False}


def use_color(choice: str, environ: Mapping[str, str]) -> None:
    """Decide once for this run whether stdout and stderr are in colour.

    Args:
        choice: One of COLOR_CHOICES, from the command line; it precedes the environment.
        environ: NO_COLOR (https://no-color.org) precedes FORCE_COLOR, and that TERM and what the stream is.
    """
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        _colored[name] = choice == "always" or (choice == "auto" and _wants_color(stream, environ))


def in_color(*, error: bool = False) -> bool:
    """Return whether stdout, or stderr, is in colour."""
    return _colored["stderr" if error else "stdout"]


def _wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


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


def write_styled(*parts: str | tuple[str, str], error: bool = False) -> None:
    """Print one line of ``parts``: texts, or (role, text) to be in the role's colour where the stream has colour.

    Each text is escaped here, so that one from a file brings no colour and no other sequence of its own. Roles are path,
    code, error, warning, info, good, bold, dim and mark.
    """
    pairs = [("", part) if isinstance(part, str) else part for part in parts]
    if not in_color(error=error):
        write_line("".join(text for _, text in pairs), error=error)
        return
    _write("".join(_painted(role, _tamed(escape(text))) for role, text in pairs) + "\n", error=error)


def _painted(role: str, text: str) -> str:
    return f"\x1b[{_STYLES[role]}m{text}\x1b[0m" if role and text else text


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
