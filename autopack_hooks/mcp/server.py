"""The server: the SDK's, with four tools that only read, refuse what they do not know, and say what to do next."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import Field, ValidationError

from autopack_hooks import __version__
from autopack_hooks.core.errors import FatalError
from autopack_hooks.mcp import answers
from autopack_hooks.mcp.shapes import CheckShape, GetShape, RecallShape, SearchShape

_READING = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_INSTRUCTIONS = (
    "The memory of this repository: decisions, bugs and builds, kept in ledgers. `recall` a file before you change it;"
    " `search` before you decide or when something fails; `get` the entries that matter; `check` after a ledger was changed."
)


def serve(desk: answers.Desk, *, verbose: bool = False) -> None:
    """Answer over stdin and stdout until the client leaves; ``verbose``: what the SDK logs goes to stderr."""
    make_server(desk, verbose=verbose).run("stdio")


def make_server(desk: answers.Desk, *, verbose: bool = False) -> MCPServer[Any]:
    """Return the server with its tools."""
    level: Literal["INFO", "CRITICAL"] = "INFO" if verbose else "CRITICAL"
    tools: list[Tool] = [_tool(function) for function in _functions(desk)]
    return MCPServer("autopack-hooks", instructions=_INSTRUCTIONS, version=__version__, tools=tools, log_level=level)


def _functions(desk: answers.Desk) -> list[Callable[..., Any]]:
    """Return the tools as functions: their names, docstrings and annotations are what a model reads."""

    def search(
        query: Annotated[str, Field(max_length=4000, description="words, identifiers, paths, parts of error messages")],
        ledger: Annotated[list[str], Field(description="only these ledgers")] = [],  # noqa: B006 (never changed)
        status: Annotated[str, Field(description="words of the status")] = "",
        since: Annotated[str, Field(description="YYYY-MM-DD")] = "",
        until: str = "",
        limit: Annotated[int, Field(ge=1, le=20)] = 5,
    ) -> SearchShape:
        """Find decisions, bugs and builds that answer a question. Gives ids, places and a passage; `get` gives the text."""
        return answers.search(
            desk, query, limit, ledgers=ledger, status=status, since=_day(since, "since"), until=_day(until, "until")
        )

    def get(ids: Annotated[list[str], Field(description="such as DEC-014")]) -> GetShape:
        """Read whole entries by id, with what they cite and what cites them."""
        return answers.get(desk, ids)

    def recall(paths: Annotated[list[str], Field(description="files or folders, from the root")]) -> RecallShape:
        """Read what the ledgers say of files, before you change them: one line per entry, newest first."""
        return answers.recall(desk, paths)

    def check(files: Annotated[list[str], Field(description="only these ledgers' files")] = []) -> CheckShape:  # noqa: B006
        """Find what is wrong with the ledgers as they are on disk."""
        return answers.check(desk, files)

    return [_in_turn(desk, function) for function in (search, get, recall, check)]


def _day(text: str, name: str) -> str:
    """Return a day as it is. Raises ToolError for what is not one."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise ToolError(f"{name}: {text!r} is not a valid date; write it as 2026-01-31") from None


def _in_turn(desk: answers.Desk, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` so that one call runs at a time, and its errors are those of a tool."""

    def call(**arguments: Any) -> Any:
        with desk.turn:
            try:
                return _encodable(function(**arguments))
            except (FatalError, OSError, ValueError) as error:  # the last: a path that no system has
                raise ToolError(" ".join(_encodable(str(error)).split())) from error

    call.__name__, call.__doc__ = function.__name__, function.__doc__
    call.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return call


def _encodable(value: Any) -> Any:
    """Return an answer with escapes for what UTF-8 cannot hold, such as a name of a file in another encoding."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return {key: _encodable(item) for key, item in value.items()} if isinstance(value, dict) else value


class _StrictTool(Tool):
    """A tool that refuses unknown arguments, and says in one line which it takes."""

    async def run(self, arguments: dict[str, Any], context: Any, convert_result: bool = False) -> Any:
        """Run the tool. Raises ToolError."""
        known = self.parameters["properties"]
        for name in arguments:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise ToolError(f"{self.name}: unknown parameter {name!r}; {hint}It takes {', '.join(known)}")
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            raise ToolError(f"{self.name}: {_faults(error)}; it takes {', '.join(known)}") from None
        try:
            return await super().run(arguments, context, convert_result)
        except ToolError as error:
            if isinstance(error.__cause__, ToolError):  # ours, to which the SDK adds words
                raise ToolError(f"{self.name}: {error.__cause__}") from None
            reason = f"internal error: {type(error.__cause__).__name__}"
            advice = "start the server with --verbose and report what it prints on stderr"
            raise UnexpectedToolError(f"{self.name}: {reason}; {advice}") from error.__cause__


def _faults(error: ValidationError) -> str:
    """Return what is wrong with arguments, without their values."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}" for fault in faults[:5])


def _tool(function: Callable[..., Any]) -> Tool:
    """Return a tool whose definition says nothing twice."""
    tool = _StrictTool.from_function(function, annotations=_READING, structured_output=True)
    tool.parameters = {**_small(tool.parameters), "additionalProperties": False}
    tool.fn_metadata.output_schema = _small(tool.fn_metadata.output_schema)
    tool.description = re.sub(r"\s+", " ", tool.description).strip()
    return tool


def _small(schema: Any) -> Any:
    """Return a JSON Schema without the titles and descriptions of its types, which repeat their names."""
    if isinstance(schema, list):
        return [_small(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = schema.get("type") == "object"
    return {
        key: _small(value)
        for key, value in schema.items()
        if not (isinstance(value, str) and (key == "title" or (key == "description" and named)))
    }
