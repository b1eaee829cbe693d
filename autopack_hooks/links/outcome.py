"""One run of `links`: from a request to what is said."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.pipeline import Pipeline
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.findings import Finding, Severity, failed
from autopack_hooks.links.request import LinksRequest, Said
from autopack_hooks.links.runner import Run, open_run
from autopack_hooks.links.scan import FAMILIES, Scan, findings_of, policy_findings
from autopack_hooks.links.seen import Seen
from autopack_hooks.links.suggest import Judged
from autopack_hooks.project.views import read_if_there
from autopack_hooks.project.workspace import Workspace, load_config
from autopack_hooks.report import render

_HINT = "autopack-hooks: `autopack-hooks fix-links` shows what can be mended with certainty\n"


def outcome(request: LinksRequest, root: Path, environ: Mapping[str, str], seen: Seen) -> Said:
    """Do what ``request`` asks of the work tree ``root``. Raises ConfigError, UsageError, GitError."""
    config = load_config(root, request.config, seen.repo, lambda path: seen.read(os.path.abspath(path)))
    workspace = Workspace(root, seen.repo, config, environ)
    job = open_run(workspace, deep=request.deep, staged=request.staged, mentions=request.mentions, seen=seen)
    result = job.scan(request.files)
    judged = _judge(request, job, result)
    job.close()
    lonely: list[str] = []
    report = ""
    if request.deep:
        from autopack_hooks.links.report import deep_report, orphans

        lonely = orphans(result.documents, result.linked, job.navigation()[0])
        report = deep_report(result, judged, lonely)
    if request.planned:
        _export(request, job, judged, lonely)
    found = Pipeline(config.check, FAMILIES, by_select=False).choose(_findings(request, job, result, judged), {})
    return _told(request, workspace, seen, found, result.documents, report)


def _judge(request: LinksRequest, job: Run, result: Scan) -> list[Judged]:
    """What the faults most likely mean, where the output has a place for it: asking git's history takes time."""
    if not (request.planned or request.deep or request.form == "json"):
        return []
    from autopack_hooks.links.rows import judge

    return judge(job, result, mentions=request.planned)


def _findings(request: LinksRequest, job: Run, result: Scan, judged: Sequence[Judged]) -> list[Finding]:
    fixable = (item.broken for item in judged if item.level != "low")
    # Of information there may be much; it is made only where it is printed, or where a setting may raise it.
    wanted = request.verbose or request.form != "text" or bool(job.workspace.config.check.severity)
    complete = request.mentions and not request.files
    return [*findings_of(result, fixable, information=wanted), *policy_findings(job.policy, complete=complete)]


def _export(request: LinksRequest, job: Run, judged: Sequence[Judged], lonely: Sequence[str]) -> None:
    from autopack_hooks.links.plan import plan_json, plan_markdown
    from autopack_hooks.links.rows import plan_rows

    rows = plan_rows(job, judged)
    for name, make in ((request.export_json, plan_json), (request.export_md, plan_markdown)):
        if name:
            write_atomic(Path(name), make(rows, lonely, request.time).encode("utf-8", "backslashreplace"))


def _told(
    request: LinksRequest, workspace: Workspace, seen: Seen, found: list[Finding], covered: Sequence[str], report: str
) -> Said:
    """What is said of ``found``, once the baseline has had its say, or was written."""
    path = workspace.config.check.baseline
    before = parse_baseline(path, read_if_there(path, seen.read))
    if request.write_baseline:
        # Information never fails, and a run that does not look for it must not miss it.
        found = [finding for finding in found if finding.severity is not Severity.INFO]
        write_atomic(workspace.root / path, render_baseline(found, before, covered, FAMILIES))
        note = f"{path}: {len(found)} findings are known from now on; commit this file\n"
        return Said(_shown(request, [], report), note, OK)
    kept = Pipeline(workspace.config.check, FAMILIES, by_select=False).report(found, before, covered)
    hint = _HINT if request.form == "text" and not request.deep and failed(kept) else ""
    return Said(_shown(request, kept, report), hint, FINDINGS if failed(kept) else OK)


def _shown(request: LinksRequest, kept: Sequence[Finding], report: str) -> str:
    """What is printed: for people, a deep scan is a report, and information is left out unless asked for."""
    if request.form != "text":
        return render(kept, request.form)
    if request.verbose:
        listed = list(kept)
    elif request.deep:
        listed = [
            f for f in kept if f.severity is Severity.ERROR or not f.code.startswith(FAMILIES) or f.code >= "LNK030"
        ]
    else:
        listed = [f for f in kept if f.severity is not Severity.INFO]
    text = render(listed, "text")
    return text + ("\n" if text and report else "") + report
