"""What `check`, `links` and `fix --check` share: printing findings, and the line that sums them up."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

from autopack_hooks.checks.pipeline import Fixes
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.terminal import in_color, write_line, write_styled, write_text
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.report import render

Ways = Iterable[tuple[int, Sequence[str]]]
"""How many findings a command mends, and its arguments."""
_FOR_PEOPLE = ("text", "github")


def write_findings(findings: Sequence[Finding], form: str) -> None:
    """Print ``findings`` in one of the formats, as text in colour where stdout has it."""
    if form == "text" and in_color():
        from autopack_hooks.report.text import parts

        for finding in findings:
            write_styled(*parts(finding))
    else:
        write_text(render(findings, form), annotations=form == "github")


def write_summary(
    args: argparse.Namespace, workspace: Workspace, findings: Sequence[Finding], ways: Ways, accept: Sequence[str]
) -> None:
    """Print the last line on stderr: how many findings, and the commands that mend or accept them.

    Args:
        args: the command line; ``--quiet`` and the formats for programs want no such line.
        workspace: the repository.
        findings: what was printed.
        ways: how many of them a command mends.
        accept: the arguments that accept them all.
    """
    if not findings or args.quiet or getattr(args, "format", "text") not in _FOR_PEOPLE:
        return
    from autopack_hooks.install.advice import runnable  # only where something was found
    from autopack_hooks.report.summary import summary

    def command(arguments: Sequence[str]) -> str:
        return runnable(workspace.root, os.environ, sys.executable, *arguments)

    line = summary(findings, [(number, command(way)) for number, way in ways if number], command(accept))
    sys.stdout.flush()  # a hook runner shows both streams in one
    write_line(line, error=True)


def ways(fixes: Fixes) -> list[tuple[int, tuple[str, ...]]]:
    """Return how many findings each kind of `fix` mends."""
    safe = sum(finding.fixable for finding in fixes.findings)
    return [(safe, ("fix",)), (fixes.stubs, ("fix", "--stubs")), (fixes.unsafe, ("fix", "--unsafe"))]
