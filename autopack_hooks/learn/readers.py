"""Read what other tools write: JSON lines, JUnit XML, SARIF, GitHub's annotations, plain logs. All of it is data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from autopack_hooks.core.errors import UsageError
from autopack_hooks.learn.incidents import Incident, make_incident

READ_LIMIT = 64 << 20
_MOST = 20_000
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_STAMP = re.compile(rf"\s*({_ISO})\s+")
_GITHUB = re.compile(r"(?:::error(?: ([^:]*(?::(?!:)[^:]*)*))?::|##\[error\])(.*)")
_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?$")
_TROUBLE = re.compile(
    r"\b(?:error|fatal|fail(?:ed|ure)?|exception|panic|critical|refused|denied)\b|\w(?:Error|Exception)\b", re.I
)
_NO_TROUBLE = re.compile(r"\b(?:0|no) (?:errors?|failures?|failed)\b", re.I)
_BARE_TITLE = re.compile(r"[\w./-]{1,40}")


def read_incidents(name: str, data: bytes, *, log: bool = False) -> list[Incident]:
    """Return the incidents in a file.

    Args:
        name: what the file is called, for messages; without its folders it is the source.
        data: its content.
        log: read it as a plain log, whatever it looks like.

    Raises:
        UsageError: it is none of the forms that are known, or damaged.
    """
    source = re.split(r"[\\/]", name)[-1]
    try:
        rows = list(_rows(data, log=log))
    except expat.ExpatError as error:
        raise UsageError(f"{name}: cannot be read as JUnit XML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: {error}") from None
    if len(rows) > _MOST:
        raise UsageError(f"{name}: more than {_MOST} incidents; record a part of it")
    return [make_incident({"source": source, **row}) for row in rows if row.get("message")]


def _rows(data: bytes, *, log: bool) -> Iterator[Mapping[str, Any]]:
    if not log and data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1] == b"<":
        return _junit(data)
    text = data.decode("utf-8-sig", "replace")
    if "\0" in text:
        raise ValueError("it is not text; give JSON lines, JUnit XML, SARIF, GitHub annotations, or a log with --log")
    if log:
        return _log(text)
    if text.lstrip()[:1] in ("{", "["):
        return _json(text)
    if any(_annotation(line) for line in text.splitlines()):
        return _github(text)
    if not text.strip():
        return iter(())
    raise ValueError("its form is not known; --log reads it as a plain log")


def _json(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        return _json_lines(text)
    if isinstance(document, dict) and isinstance(document.get("runs"), list):
        return _sarif(document)
    rows = document if isinstance(document, list) else [document]
    return iter([_checked(row, number) for number, row in enumerate(rows, 1)])


def _json_lines(text: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number} is not JSON: {error.msg}") from None
            yield _checked(row, number)


def _checked(row: Any, number: int) -> Mapping[str, Any]:
    if not isinstance(row, dict) or not isinstance(row.get("message"), str):
        raise ValueError(f"item {number} must be an object with a message, and perhaps code, path, line, commit")
    code = row.get("code")
    return {**row, "code": code if isinstance(code, str) else "", "timestamp": _moment(row.get("timestamp"))}


def _moment(value: Any) -> str:
    """Return a time as the rules have it; "" where it cannot be read."""
    match = _SECONDS.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    zone = match[3] or "Z"
    zone = zone if zone == "Z" or ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{match[1]}T{match[2]}{'Z' if zone in ('+00:00', '-00:00') else zone}"


def _junit(data: bytes) -> Iterator[Mapping[str, Any]]:
    """Read failures and errors; a document type, and with it every entity of its own, is refused before it is read."""
    parser = expat.ParserCreate()
    reader = _JUnit()

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type, which JUnit XML has no use for; it is not read")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(data, True)
    if not reader.known:
        raise ValueError("it is XML, but not JUnit's: there is no testsuite in it")
    return iter(reader.rows)


class _JUnit:
    """Collect the failures of a report as the parser meets its elements."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.known = False
        self._stamps: list[str] = []
        self._case: Mapping[str, str] = {}
        self._fault: dict[str, Any] | None = None
        self._body: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("testsuite", "testsuites"):
            self.known = True
            self._stamps.append(attributes.get("timestamp") or (self._stamps[-1] if self._stamps else ""))
        elif name == "testcase":
            self._case = attributes
        elif name in ("failure", "error") and self._case:
            line = self._case.get("line", "")
            self._fault = {
                "code": attributes.get("type", ""),
                "path": self._case.get("file", ""),
                "line": int(line) if line.isascii() and line.isdigit() and len(line) < 9 else 0,
                "message": attributes.get("message", ""),
                "timestamp": _moment(self._stamps[-1] if self._stamps else ""),
                "target": ".".join(filter(None, (self._case.get("classname"), self._case.get("name")))),
            }
            self._body = []

    def text(self, text: str) -> None:
        if self._fault is not None and len(self._body) < 1000:
            self._body.append(text)

    def end(self, name: str) -> None:
        if name in ("failure", "error") and self._fault is not None:
            self._fault["message"] = self._fault["message"] or "".join(self._body)
            self.rows.append(self._fault)
            self._fault = None
        elif name == "testcase":
            self._case = {}
        elif name in ("testsuite", "testsuites"):
            self._stamps.pop()


def _sarif(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for run in document["runs"]:
        commit = _at(run, "versionControlProvenance", 0, "revisionId")
        stamp = _moment(_at(run, "invocations", 0, "endTimeUtc"))
        for result in _at(run, "results") or ():
            level = _at(result, "level") or "error"
            passed = _at(result, "kind") in ("pass", "notApplicable", "informational")
            if level in ("note", "none") or passed or _at(result, "suppressions"):
                continue
            place = _at(result, "locations", 0, "physicalLocation")
            uri = _at(place, "artifactLocation", "uri")
            yield {
                "code": _at(result, "ruleId") or _at(result, "rule", "id") or "",
                "message": _at(result, "message", "text") or _at(result, "message", "markdown"),
                "path": unquote(uri) if isinstance(uri, str) else "",
                "line": _at(place, "region", "startLine"),
                "text": _at(place, "region", "snippet", "text") or "",
                "commit": commit,
                "timestamp": stamp,
            }


def _at(value: Any, *keys: str | int) -> Any:
    """Return what is inside ``value`` along the keys; None where it is of another shape."""
    for key in keys:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and len(value) > key else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _annotation(line: str) -> re.Match[str] | None:
    start = _STAMP.match(line)
    return _GITHUB.match(line[start.end() if start else 0 :].lstrip())


def _github(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        match = _annotation(line)
        if match is None:
            continue
        stamp = _STAMP.match(line)
        values = dict(part.split("=", 1) for part in (match[1] or "").split(",") if "=" in part)
        values = {name.strip(): _decoded(value, "%3A", "%2C") for name, value in values.items()}
        number, title = values.get("line", ""), values.get("title", "")
        yield {
            "code": title if _BARE_TITLE.fullmatch(title) else "",
            "path": values.get("file", ""),
            "line": int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0,
            "message": _decoded(match[2]) or title,
            "timestamp": _moment(stamp[1]) if stamp else "",
        }


def _decoded(text: str, *more: str) -> str:
    for code in ("%0D", "%0A", *more, "%25"):
        text = text.replace(code, unquote(code))
    return text


def _log(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines that speak of trouble."""
    for line in text.replace("\0", "").splitlines():
        stamp = _STAMP.match(line)
        message = line[stamp.end() if stamp else 0 :].strip()
        if _TROUBLE.search(message) and not _NO_TROUBLE.search(message):
            yield {"message": message, "timestamp": _moment(stamp[1]) if stamp else ""}
