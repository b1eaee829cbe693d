"""Set a repository up: find its ledgers, write the configuration, install the hooks, keep the local stores out of git.

Nothing that is there is overwritten, and a second run changes nothing. Exit code 1 where hooks could not be installed, or
are not called: the last line says so, on every run until it is mended.

Examples:
    autopack-hooks init
    autopack-hooks init --hooks git --yes
    autopack-hooks init --agents
    autopack-hooks init --agents --remove
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.config.template import settings_file
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.git import Repo, locate
from autopack_hooks.core.terminal import escape, write_line, write_text
from autopack_hooks.install import agents, driver, hooks, ignored, managers, precommit, runners, shims
from autopack_hooks.install.ledgers import Fit, as_settings, find_ledgers, is_mended
from autopack_hooks.install.origin import find_origin
from autopack_hooks.install.setup import Setup, Step, indented
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.project.name import project_name
from autopack_hooks.project.workspace import Workspace, load_config

PROGRAM = "autopack-hooks"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``init``."""
    parser.add_argument(
        "--hooks",
        choices=("pre-commit", "git", "none"),
        help="through pre-commit or prek, as plain git hooks, or not at all "
        "(default: pre-commit where it is used, or installed and nothing else is used, else git)",
    )
    parser.add_argument(
        "--agents",
        action="store_true",
        help="also tell coding agents how to ask the ledgers: AGENTS.md, and the hooks of .claude/settings.json",
    )
    parser.add_argument(
        "--remove", action="store_true", help="with --agents: take these two out again, and nothing else"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, as without a terminal")


def run(args: argparse.Namespace) -> int:
    """Set the repository up and print a line for each step. Raises UsageError outside a repository, ConfigError."""
    if args.config:
        raise UsageError(f"init writes {CONFIG_NAME} at the root of the repository; leave --config out")
    if args.remove and not args.agents:
        raise UsageError("--remove goes with --agents; `autopack-hooks uninstall` takes out everything else")
    repo = work_tree(args.repo)
    if args.remove:
        return _remove_agents(make_setup(repo, ask=False))
    load_config(repo.root, None)
    ask = not args.yes and sys.stdin.isatty() and sys.stdout.isatty()
    setup = make_setup(repo, ask=ask)
    return _end(setup, shown(_steps(setup, args.hooks or _default_hooks(setup), for_agents=args.agents)))


def shown(steps: Iterable[Step]) -> list[Step]:
    """Do ``steps``, print a line for each, and return them."""
    done = []
    for step in steps:
        write_text(f"{step.verb:<9} {step.what}\n")
        done.append(step)
    return done


def _remove_agents(setup: Setup) -> int:
    done = shown(agents.remove(setup))
    if not done:
        write_line("Nothing to do: nothing of ours is in AGENTS.md or .claude/settings.json.")
    return FINDINGS if any(step.failed for step in done) else OK


def work_tree(folder: str | None) -> Repo:
    """Return the repository around ``folder`` (default: the working directory). Raises UsageError outside one."""
    root, repo = locate(os.environ, folder)
    if repo is None:
        raise UsageError(f"{root}: not in a git work tree; run `git init` first, or name a repository with --repo")
    return repo


def make_setup(repo: Repo, *, ask: bool) -> Setup:
    """Return the repository with what only a command can do."""
    return Setup(repo, find_program, lambda question: _confirmed(question, ask))


def find_program(name: str) -> str | None:
    """Return the path of a program beside this Python, or on PATH."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)


def _confirmed(question: str, ask: bool) -> bool:
    try:
        return not ask or input(f"{escape(question)} [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _default_hooks(setup: Setup) -> str:
    """Return the manner of hooks that the repository uses already; without one, pre-commit where it is installed."""
    if (hooks.find_place(setup.repo).folder / shims.RUNNER_NAME).is_file():
        return "git"
    if (setup.repo.root / precommit.FILE_NAME).exists():
        return "pre-commit"
    place = hooks.find_place(setup.repo)
    other = place.problem or setup.repo.config("core.hooksPath") or managers.is_used(setup.repo.root)
    return "pre-commit" if setup.tool and not other else "git"


def _steps(setup: Setup, manner: str, *, for_agents: bool) -> Iterator[Step]:
    yield from _write_settings(setup)
    if manner == "pre-commit":
        yield from runners.write_config(setup, find_origin(os.environ))
        yield from runners.install(setup)
    elif manner == "git":
        yield from hooks.install(setup)
    workspace = Workspace(setup.repo.root, setup.repo, load_config(setup.repo.root, None), {})
    files = [file for file in workspace.ledgers(workspace.worktree) if file.dialect.entries != FILES]
    yield from driver.set_up(setup, [file.path for file in files])
    yield from ignored.write(setup)
    if for_agents:
        yield from agents.install(setup)
    yield from _hidden(setup, workspace)


def _write_settings(setup: Setup) -> Iterator[Step]:
    """Write the configuration with the ledgers that are there, and accept what is wrong with them today."""
    repo = setup.repo
    if (repo.root / CONFIG_NAME).exists():
        yield Step("kept", f"{CONFIG_NAME} (it was there)")
        return
    found, unfit, unread = find_ledgers(repo)
    for fit in found:
        yield Step("found", _described(fit))
    names = [fit.candidate.path for fit in unfit] + [candidate.path for candidate in unread]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        advice = f"`{PROGRAM} dialects` shows how each is written; describe yours under `dialects:`"
        yield Step("left", f"{', '.join(names[:3])}{more}: no dialect reads most of it; {advice}")
    if not found:
        advice = f'`{PROGRAM} new build_history "What was built"` starts one (or architecture, debug_log)'
        yield Step("found", f"no ledger; {advice}")
    setup.write(CONFIG_NAME, settings_file(project_name(repo), as_settings(found)))
    ledgers = f"{len(found)} {'ledger' if len(found) == 1 else 'ledgers'}" if found else "no ledger yet"
    yield Step(
        "wrote", f"{CONFIG_NAME}: {ledgers}, every option with its default, Qdrant embedded in .autopack/qdrant", True
    )
    yield from _accept(repo)


def _described(fit: Fit) -> str:
    """Return a ledger, and how well its dialect fits."""
    own = f" with the statuses_also {', '.join(fit.statuses)}" if fit.statuses else ""
    text = f"{fit.candidate.path}: {_entries(fit.entries)} in the dialect {fit.dialect}{own}, "
    if not fit.findings:
        return text + "no findings"
    return (
        text
        + _counted(len(fit.findings), "finding")
        + (f", of which `{PROGRAM} fix` mends {fit.fixable}" if fit.fixable else "")
    )


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _accept(repo: Repo) -> Iterator[Step]:
    """Write the baseline where there is something to accept and none is there."""
    from autopack_hooks.commands.shared.baselines import old_findings, write_first_baseline

    workspace = Workspace(repo.root, repo, load_config(repo.root, None), os.environ)
    path = workspace.config.check.baseline
    old = old_findings(workspace)
    found = [*old.reported, *old.links]
    if not found or (repo.root / path).exists():
        return
    write_first_baseline(workspace, old)
    mended = {"fix": sum(map(is_mended, old.reported)), "fix-links": sum(map(is_mended, old.links))}
    kinds = f"{len(old.reported)} in ledgers, {len(old.links)} in links"
    text = f"{path}: {_counted(len(found), 'old finding')} ({kinds}) accepted, so that only new ones fail"
    text += "".join(f"; `{PROGRAM} {name}` mends {number}" for name, number in mended.items() if number)
    then = "fix --diff" if mended["fix"] else "fix-links" if mended["fix-links"] else ""
    yield Step("wrote", text, True, then=then and f"{PROGRAM} {then}")


def _hidden(setup: Setup, workspace: Workspace) -> Iterator[Step]:
    """Report the files of ours that git ignores, so that nobody else would get them."""
    names = [CONFIG_NAME, workspace.config.check.baseline, precommit.FILE_NAME, driver.ATTRIBUTES, ignored.GITIGNORE]
    names += agents.written(setup)
    there = [name for name in names if (setup.repo.root / name).exists()]
    for name, rule in ignored.hidden_files(setup.repo, there):
        advice = f"{name} is ignored by git ({rule}), so that others will not have it; add this line to .gitignore"
        yield Step("advice", advice + indented([f"!/{name}"]))


def _end(setup: Setup, done: Sequence[Step]) -> int:
    """Print what is next, and return the exit code."""
    failed = [step for step in done if step.failed]
    changed = any(step.changed for step in done)
    if failed:
        write_line(
            f"Not complete: hooks are missing or not called (see above); mend that and run `{PROGRAM} init` again."
        )
        return FINDINGS
    if not changed:
        write_line("Nothing to do: everything was set up already.")
        return OK
    write_line("Done. Next:")
    for command in _next(setup, next((step.then for step in done if step.then), "")):
        write_text(f"  {command}\n")
    return OK


def _next(setup: Setup, then: str) -> Iterator[str]:
    """Yield the next two commands: commit what was written, then ``then``, or see that all is well."""
    repo = setup.repo
    workspace = Workspace(repo.root, repo, load_config(repo.root, None), {})
    names = [
        CONFIG_NAME,
        workspace.config.check.baseline,
        precommit.FILE_NAME,
        driver.ATTRIBUTES,
        ignored.GITIGNORE,
        *agents.written(setup),
        *_own_hooks(repo),
    ]
    written = " ".join(shlex.quote(name) for name in names if _is_to_be_added(repo, name))
    ledgers = bool(workspace.ledgers(workspace.worktree))
    if not ledgers:
        yield f'{PROGRAM} new build_history "Set up {PROGRAM}"'
    if written:
        yield f'git add {written} && git commit -m "Set up {PROGRAM}"'
    if ledgers:
        yield then or f"{PROGRAM} check"


def _is_to_be_added(repo: Repo, name: str) -> bool:
    """Return whether git sees a file or folder as new or changed."""
    return bool(repo.run("--literal-pathspecs", "status", "--porcelain", "-z", "--", name))


def _own_hooks(repo: Repo) -> list[str]:
    """Return the folder of hooks that is a part of the work tree, and so is committed."""
    folder = Path(os.path.realpath(hooks.find_place(repo).folder))
    root = Path(os.path.realpath(repo.root))
    inside = folder.is_relative_to(root) and not folder.is_relative_to(os.path.realpath(repo.common_dir))
    return [folder.relative_to(root).as_posix()] if inside and (folder / shims.RUNNER_NAME).exists() else []
