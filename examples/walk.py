"""Walk through the README's getting started as a newcomer does: a new home, Python, git, and nothing else.

Run it with ``python3 dev.py walk [git] [prek] [pre-commit]``; without words, all three. What pip installs comes from this
checkout (as it is, committed or not) and the package registry. ``git``: every command of that section, with plain git hooks;
the others: the block to paste, with the real runner.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.shown import Shell  # noqa: E402

README = (ROOT / "README.md").read_text("utf-8")
PLACE = "/path/to/autopack-hooks"
WAYS = ("git", "prek", "pre-commit")
BLOCK = re.compile(r"^<!-- invisible-code-block: console\n(.*?)^-->$|^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEPT = re.compile(r"PATH|LANG|LC_ALL|TMPDIR|TEMP|SYSTEMROOT|PIP_.*|SSL_.*|REQUESTS_CA_BUNDLE|.*_PROXY", re.IGNORECASE)
"""What an empty environment still has: where programs are, and how to reach the registry."""


class WalkFailed(Exception):
    """A step did something else than the README says."""


def main(ways: Sequence[str]) -> int:
    """Walk these ways; 0 only when everything was as shown."""
    if not set(ways) <= set(WAYS):
        print(f"known: {', '.join(WAYS)}", file=sys.stderr)
        return 2
    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="autopack-hooks-walk-"))
    try:
        checkout = snapshot(folder / "checkout")
        runners = [way for way in ways if way != "git"]
        with ThreadPoolExecutor() as pool:
            walks = [pool.submit(read_along, folder, checkout)] if "git" in ways else []
            walks += [pool.submit(paste, folder, checkout, runners)] if runners else []
            for walk in walks:
                walk.result()
    except (WalkFailed, OSError, subprocess.SubprocessError) as error:
        print(f"The walk failed; its folder is {folder}\n{error}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print(f"The README's first five minutes with {', '.join(ways)}: as shown, in {time.monotonic() - start:.0f} s")
    return 0


def snapshot(target: Path) -> Path:
    """Return a repository with one commit: the files of this checkout that git tracks or would."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    shell = Shell(target, target, environment())
    for command in ("git init -q -b main --template=", "git add -A -f", "git commit -q -m Snapshot"):
        do(shell, command)
    (target / ".gitconfig").unlink(missing_ok=True)
    return target


def environment() -> dict[str, str]:
    """Return what a new login would have."""
    kept = {key: value for key, value in os.environ.items() if KEPT.fullmatch(key)}
    cache = Path.home() / ".cache" / "pip"  # downloads, and nothing else
    return {
        **kept,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",
        **({"PIP_CACHE_DIR": str(cache)} if cache.is_dir() else {}),
    }


def newcomer(home: Path) -> Shell:
    """Return the shell of somebody new, with a virtual environment of their own."""
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True, env={**environment(), "HOME": str(home)})
    return Shell(home, home / "venv" / ("Scripts" if os.name == "nt" else "bin"), environment())


def do(shell: Shell, command: str, *, ok: bool = True, expect: str = "") -> str:
    """Run a command that must succeed (or fail), and print what is expected."""
    code, output = shell.type(command, "")
    if (code == 0) is not ok or expect not in output:
        raise WalkFailed(f"$ {command}\n{output}\n--- exit code {code}; expected: {expect or 'success'}")
    return output


def read_along(folder: Path, checkout: Path) -> None:
    """Type everything that the README's getting started shows, the installation included."""
    shell = newcomer(folder / "ann")
    section = README[README.index("## Getting started") : README.index("## Ledgers")]
    for hidden, shown in BLOCK.findall(section):
        wrong = shell.run((hidden or shown).replace(PLACE, str(checkout)))
        if wrong:
            raise WalkFailed(wrong)


def paste(folder: Path, checkout: Path, runners: Sequence[str]) -> None:
    """Paste the block for each of the runners, in a repository of its own."""
    shell = newcomer(folder / "bob")
    do(shell, f"pip install --quiet {' '.join(runners)}")
    commit = do(shell, f"git -C '{checkout}' rev-parse HEAD").strip()
    block = README[README.index("default_install_hook_types") :].partition("```")[0]
    block = block.replace(PLACE, str(checkout)).replace("COMMIT", commit)
    for runner in runners:
        shell.folder = shell.home
        shell.scratch(f"by-{runner}", "parcels")
        (shell.folder / ".pre-commit-config.yaml").write_text(block)
        do(shell, f"{runner} install")
        guarded(shell)


def guarded(shell: Shell) -> None:
    """Commit rightly, then wrongly, then merge; what the hooks say is what the README promises."""
    do(
        shell,
        "printf '/autopack.db*\\n' > .gitignore && git add -A && git commit -m 'Guard the ledgers'",
        expect="6 inserted",
    )
    ledger = shell.folder / "docs" / "BUILD_HISTORY.md"
    right = ledger.read_text("utf-8")
    ledger.write_text(right.replace("### BUILD-003 |", "### BUILD-002 |"), "utf-8")
    do(shell, "git commit -a -m 'Tracking page'", ok=False, expect="LED004 BUILD-002 has a section already")
    ledger.write_text(right, "utf-8")
    do(shell, "git checkout -q -b words")
    ledger.write_text(right.replace("with a map of its way. E", "with a map. E"), "utf-8")
    do(
        shell,
        "git -c core.hooksPath=/dev/null commit -a -q -m Words && git -c core.hooksPath=/dev/null checkout -q main",
    )
    do(shell, "git merge --no-ff -m 'Merge the words' words", expect="0 inserted, 1 updated, 0 deleted")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or WAYS))
