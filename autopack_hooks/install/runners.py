"""Install through pre-commit or prek: our block in the configuration, and the runner's hooks in git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from autopack_hooks.core.text import SourceText
from autopack_hooks.install import hooks, precommit
from autopack_hooks.install.origin import Origin
from autopack_hooks.install.setup import TOOLS, Setup, Step, indented


def write_config(setup: Setup, origin: Origin) -> Iterator[Step]:
    """Write our block into ``.pre-commit-config.yaml``. A failed step where it must be pasted."""
    name = precommit.FILE_NAME
    data = setup.present(name)
    if data is None:
        setup.write(name, precommit.new_file(origin))
        yield Step("wrote", f"{name} with {', '.join(precommit.HOOKS)} from {origin.repo} at {origin.rev[:12]}", True)
        return
    source = SourceText.from_bytes(name, data)
    given = precommit.read(source.text)
    if precommit.has_hooks(given):
        yield Step("kept", f"{name} (it names our hooks)")
        return
    text = None if source.fault else precommit.extend(source, origin)
    if text is None:
        advice = f"{name}: hooks not added, for it cannot be extended safely; paste this below its `repos:`"
        yield Step("failed", advice + indented(precommit.block(origin)), failed=True)
        return
    setup.write(name, source.encode(text).decode("utf-8", "surrogateescape"))
    yield Step("extended", f"{name} with {', '.join(precommit.HOOKS)} from {origin.repo} at {origin.rev[:12]}", True)
    if not precommit.installs_all(given):
        advice = f"{name}: have this line, so that `pre-commit install` in other clones installs all of them"
        yield Step("advice", advice + indented([precommit.hook_types_line()]))


def install(setup: Setup) -> Iterator[Step]:
    """Have the runner install its hooks. A failed step where there is none, or where it refuses."""
    tool = setup.tool
    types = [word for kind in precommit.HOOK_TYPES for word in ("-t", kind)]
    command = f"{tool or 'pre-commit'} install {' '.join(types)}"
    folder = hooks.hooks_folder(setup.repo)
    if all(hooks.is_generated(folder / kind) for kind in precommit.HOOK_TYPES):
        yield Step("kept", f"the hooks of {tool or 'pre-commit'} (they were installed)")
    elif tool is None:
        reason = f"neither pre-commit nor prek was found; install one and run `{command}`"
        yield Step(
            "failed",
            f"hooks not installed: {reason}, or take plain ones: `autopack-hooks init --hooks git`",
            failed=True,
        )
    elif not setup.confirmed(f"Run `{command}` now?"):
        yield Step("left", f"hooks not installed: run `{command}`")
    else:
        # Safe: both tools keep a hook that is there already, and go on calling it.
        removed = list(hooks.remove(setup))  # else they would be kept, and run a second time
        refusal = _run(setup, tool, ["install", *types])
        if refusal is None:
            yield from removed
            yield Step("installed", f"with {tool}: {', '.join(precommit.HOOK_TYPES)}", True)
            return
        if removed:
            list(hooks.install(setup))
        yield Step("failed", f"hooks not installed: `{command}`: {refusal}" + _way_out(setup), failed=True)


def _way_out(setup: Setup) -> str:
    path = setup.repo.config("core.hooksPath")
    if not path:
        return ""
    return f"; where core.hooksPath ({path}) is wanted, `autopack-hooks init --hooks git` installs plain hooks there"


def _run(setup: Setup, tool: str, args: list[str]) -> str | None:
    """Run a hook runner; return what it said where it failed, else None."""
    done = subprocess.run(
        (setup.find_program(tool) or tool, *args),
        cwd=setup.repo.root,
        env=setup.repo.env,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return " ".join((done.stdout + done.stderr).split()) or f"exit {done.returncode}" if done.returncode else None


def remove(setup: Setup) -> Iterator[Step]:
    """Take our block out of the configuration, and the runner's hooks where nothing else is configured."""
    name = precommit.FILE_NAME
    data = setup.present(name)
    source = SourceText.from_bytes(name, data or b"")
    if data is None or source.fault or not precommit.has_hooks(precommit.read(source.text)):
        return
    text = precommit.reduced(source)
    if text is None:
        yield Step(
            "left", f"{name}: our hooks are not in a block as `init` writes it; take them out by hand", failed=True
        )
    elif text:
        setup.write(name, source.encode(text).decode("utf-8", "surrogateescape"))
        yield Step("removed", f"our block from {name}", True)
    else:
        yield from _uninstall(setup)
        (setup.repo.root / name).unlink()
        yield Step("removed", f"{name}, which had nothing but our hooks", True)


def _uninstall(setup: Setup) -> Iterator[Step]:
    """Take the hooks of a runner away that would complain about the missing configuration at every commit."""
    folder = hooks.hooks_folder(setup.repo)
    kinds = [kind for kind in precommit.HOOK_TYPES if hooks.is_generated(folder / kind)]
    if not kinds:
        return
    tool = next((tool for tool in TOOLS if setup.find_program(tool)), None)
    reason = (
        _run(setup, tool, ["uninstall", *(word for kind in kinds for word in ("-t", kind))])
        if tool
        else "it is not there"
    )
    if reason is None:
        yield Step("removed", f"the hooks of {tool}: {', '.join(kinds)}", True)
    else:
        yield Step(
            "failed", f"hooks of {tool or 'pre-commit'} left: `{tool or 'pre-commit'} uninstall`: {reason}", failed=True
        )
