"""What `check` and `links` share: the options that write the baseline, and what they do."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Sequence
from typing import NamedTuple

from autopack_hooks.checks.baseline import Baseline, parse_baseline, render_baseline
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, LINK_FAMILIES, Pipeline
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import CONFIG_LIMIT, write_inside
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.project.workspace import Workspace


def add_baseline_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--write-baseline`` and its companions."""
    parser.add_argument(
        "--write-baseline",
        action="store_true",
        help="accept today's findings, so that only new ones fail from now on; where a baseline exists, it only shrinks",
    )
    parser.add_argument("--accept-new", action="store_true", help="with --write-baseline: accept new findings as well")
    parser.add_argument(
        "--prune-baseline", action="store_true", help="take out of the baseline what is no longer found"
    )


def accepting(command: str, workspace: Workspace) -> tuple[str, ...]:
    """Return the arguments with which ``command`` accepts all that it finds: where there is a baseline it has to grow."""
    exists = os.path.lexists(workspace.root / workspace.config.check.baseline)
    return command, "--write-baseline", *(["--accept-new"] if exists else [])


def update_baseline(
    args: argparse.Namespace, workspace: Workspace, findings: Sequence[Finding], covered: Collection[str],
    families: Collection[str],
) -> list[Finding] | None:  # fmt: skip
    """Write the baseline if the command line asks for it, and say on stderr what it accepts.

    Args:
        args: the command line.
        workspace: the repository and its configuration.
        findings: all that was found.
        covered: the files that were looked at.
        families: the prefixes of the codes that were looked for.

    Returns:
        The findings that the baseline does not accept; None where it is not to be written.
    """
    if args.accept_new and not args.write_baseline:
        raise UsageError("--accept-new alone does nothing: add --write-baseline")
    if not (args.write_baseline or args.prune_baseline):
        return None
    path = workspace.config.check.baseline
    before = parse_baseline(path, workspace.worktree.read([path], CONFIG_LIMIT)[path])
    grows = args.accept_new or (args.write_baseline and not before.exists)
    accepted = list(findings) if grows else before.accepted(findings)
    if before.exists or args.write_baseline:
        write_inside(
            workspace.root, path, render_baseline(accepted, before, covered, families), scratch=workspace.scratch
        )
        write_line(f"{escaped_path(path)}: {_count(accepted)} accepted; commit this file", error=True)
    known = set(accepted)
    new = [finding for finding in findings if finding not in known]
    if new and args.write_baseline:
        write_line(
            f"{escaped_path(path)}: {_count(new)} not accepted; to accept new ones too, add --accept-new", error=True
        )
    return new


class OldFindings(NamedTuple):
    """All that `check` and `links` find today, what `check` would report of it, and the files that they looked at."""

    ledgers: Sequence[Finding]
    reported: Sequence[Finding]
    links: Sequence[Finding]
    covered: Collection[str]


def old_findings(workspace: Workspace) -> OldFindings:
    """Return what the two hooks would report today, whatever a baseline says."""
    from autopack_hooks.checks import runner
    from autopack_hooks.links.plan import explained
    from autopack_hooks.links.runner import open_run
    from autopack_hooks.links.scan import findings_of

    checked = runner.check_workspace(workspace, workspace.worktree)
    reported = runner.explained(workspace, checked, checked.findings).findings
    job = open_run(workspace, deep=False, staged=False, mentions=False)
    result = job.scan()
    found = Pipeline(workspace.config.check, LINK_FAMILIES, by_select=False).choose(findings_of(result), {})
    weighty = [finding for finding in found if finding.severity is not Severity.INFO]
    links = explained(weighty, job.plan(job.judge(result, mentions=False))) if weighty else []
    return OldFindings(checked.findings, reported, links, {*checked.covered, *result.documents})


def write_first_baseline(workspace: Workspace, old: OldFindings) -> None:
    """Write a baseline that accepts all of ``old``, for the first commit must not be refused for what was there before."""
    path = workspace.config.check.baseline
    before = Baseline(path, {}, {}, exists=False)
    data = render_baseline([*old.ledgers, *old.links], before, old.covered, (*LEDGER_FAMILIES, *LINK_FAMILIES))
    write_inside(workspace.root, path, data, scratch=workspace.scratch)


def _count(findings: Sequence[Finding]) -> str:
    return f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
