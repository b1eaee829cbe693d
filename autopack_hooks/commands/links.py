"""Check the links of the navigation docs, strictly; with --deep, those of all docs, as a report."""

from __future__ import annotations

import argparse
import os
import sys
import time

from autopack_hooks.core.git import locate
from autopack_hooks.links.index import Index
from autopack_hooks.links.recall import Recall
from autopack_hooks.links.request import LinksRequest, Said
from autopack_hooks.links.seen import Seen
from autopack_hooks.report import FORMATS


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``links``."""
    parser.add_argument(
        "files", nargs="*", metavar="FILES", help="check these documents (default: the navigation docs)"
    )
    parser.add_argument(
        "--deep", action="store_true", help="look at every document, and report first: only the policy's fail_on fails"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--export-json", metavar="FILE", help="write the fix plan, which fix-links can apply")
    parser.add_argument("--export-md", metavar="FILE", help="write the fix plan for reading")
    parser.add_argument("--staged", action="store_true", help="read the documents from the index, as a commit will be")
    parser.add_argument("--no-mentions", action="store_true", help="deep: leave paths in backticks alone")
    parser.add_argument(
        "--write-baseline", action="store_true", help="accept the findings of today; only new ones fail from now on"
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    said = _answer(
        LinksRequest(
            files=args.files,
            deep=args.deep,
            staged=args.staged,
            mentions=args.deep and not args.no_mentions,
            form=args.format,
            verbose=args.verbose,
            config=args.config,
            write_baseline=args.write_baseline,
            export_json=args.export_json,
            export_md=args.export_md,
            time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        ),
        args.repo,
    )
    sys.stdout.write(said.out)
    sys.stderr.write(said.err)
    return said.code


def _answer(request: LinksRequest, repo_dir: str | None) -> Said:
    """What was said of the same before, or what is found now."""
    root, repo = locate(os.environ, repo_dir)
    index = Index(repo)
    recall = Recall(repo, request) if repo and request.only_tells else None
    said = recall.find(Seen(root, repo, index)) if recall else None
    if said is None:
        # This brings the configuration, the checks and all that judges links: twice the time of all the rest.
        from autopack_hooks.links.outcome import outcome

        seen = Seen(root, repo, index)
        said = outcome(request, root, os.environ, seen)
        if recall:
            recall.keep(seen, said)
    return said
