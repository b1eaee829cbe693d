#!/usr/bin/env python3
"""The project's one tool for developers: python3 dev.py COMMAND.

  demo [--keep]      show the main job on a small repository in a temporary folder
  walk [WAYS]        type what the README shows first, in a new home: git, prek, pre-commit (all)
  test [ARGS]        run the tests (arguments go to pytest)
  lint               ruff check, ruff format --check, mypy, lint-imports
  bench [NAME ARGS]  run the benchmarks in bench/, or the one named
  docs [--check]     write what is generated: docs/rules.md, the JSON Schema, hooks/, tables of options, the README's picture
  run ARGS           run autopack-hooks from this folder's sources
  hooks              install the project's own git hooks

Each makes a virtual environment in .venv/ when it is first run and uses it again from then on. Nothing but Python
and git is needed to start (and the package registry, the first time).
"""

# This file must be readable by old Pythons, so that they can say that they are too old.
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENVS = os.path.join(ROOT, ".venv")
OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 30)
COMPLETE = "complete"  # the file that marks an environment as wholly built


def main(argv):
    """Run one command; returns its exit code."""
    commands = {
        "demo": demo,
        "walk": walk,
        "test": test,
        "lint": lint,
        "bench": bench,
        "docs": docs,
        "run": run,
        "hooks": hooks,
    }
    if not argv or argv[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if argv else 2
    if argv[0] not in commands:
        fail(f"unknown command {argv[0]!r}; known: {', '.join(commands)}")
    check_tools()
    return commands[argv[0]](argv[1:])


def demo(args):
    """Show the main job, step by step, in the environment that a user of the sync gets."""
    return execute("sync", "python", os.path.join(ROOT, "examples", "demo.py"), *args)


def walk(args):
    """Walk through the README's getting started; what it installs goes into a temporary folder."""
    return subprocess.call([sys.executable, os.path.join(ROOT, "examples", "walk.py"), *args])


def test(args):
    """Run the tests, on all cores."""
    return execute("dev", "python", "-m", "pytest", "-n", "auto", "--dist", "worksteal", *args, cwd=ROOT)


def lint(args):
    """Run every tool though the first one fails, so that one run shows all there is to mend."""
    commands = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",))
    return max([execute("dev", *(command + tuple(args)), cwd=ROOT) for command in commands])


def bench(args):
    """Run one benchmark, or all of them in order."""
    folder = os.path.join(ROOT, "bench")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    found = sorted(name[:-3] for name in names if name.endswith(".py") and not name.startswith("_"))
    if args and args[0] not in found:
        fail(f"no benchmark {args[0]!r}; known: {', '.join(found) or 'none'}")
    scripts = args[:1] or found
    return max([execute("dev", "python", os.path.join(folder, name + ".py"), *args[1:]) for name in scripts] or [0])


def docs(args):
    """Write what is generated from the package, or with --check report whether it is up to date."""
    return execute("dev", "python", os.path.join(ROOT, "docs", "generate.py"), *args)


def run(args):
    """Run autopack-hooks itself, in the folder where this was called."""
    return execute("sync", "autopack-hooks", *args)


def hooks(args):
    """Install the hooks with which the project guards its own commits (.pre-commit-config.yaml)."""
    return execute("dev", "pre-commit", "install", *args, cwd=ROOT)


def check_tools():
    """Exit with an error where Python or git is too old."""
    if sys.version_info < OLDEST_PYTHON:
        fail(f"Python {dotted(OLDEST_PYTHON)} or newer is needed; this is {sys.version.split()[0]} ({sys.executable})")
    try:
        words = subprocess.check_output(["git", "--version"], stderr=subprocess.DEVNULL).decode().split()
        version = tuple(int(part) for part in words[2].split(".")[:2])
    except (OSError, subprocess.CalledProcessError):
        fail(f"git is not installed, or not on PATH; git {dotted(OLDEST_GIT)} or newer is needed")
    except (IndexError, ValueError):
        return  # a git that counts otherwise; let it try
    if version < OLDEST_GIT:
        fail(f"git {dotted(OLDEST_GIT)} or newer is needed; this is {words[2]}")


def dotted(version):
    """Return a version such as (3, 11) as 3.11."""
    return ".".join(str(part) for part in version)


def execute(purpose, program, *args, **options):
    """Run a program of an environment, with that environment first on PATH; returns its exit code."""
    folder = environment(purpose)
    env = dict(os.environ, PATH=folder + os.pathsep + os.environ.get("PATH", ""), VIRTUAL_ENV=os.path.dirname(folder))
    env.pop("PYTHONHOME", None)
    path = shutil.which(program, path=folder) or os.path.join(folder, program)
    sys.stdout.flush()
    try:
        return subprocess.call([path] + list(args), env=env, **options)
    except KeyboardInterrupt:
        return 130


def environment(purpose):
    """Return the folder of programs of the environment for ``purpose`` (an extra of pyproject.toml), built where needed."""
    family, folder, programs = places(purpose)
    if is_complete(folder, programs):
        return programs
    os.makedirs(VENVS, exist_ok=True)
    with locked(os.path.join(VENVS, ".lock")):
        if not is_complete(folder, programs):  # another process may have built it while we waited
            build(purpose, folder, programs)
            remove_stale(family, folder)
            if purpose == "dev":
                renew_hooks(programs)
    return programs


def places(purpose):
    """Return the start of the names of such environments, the folder of today's, and its folder of programs."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as stream:
        digest = hashlib.sha256(stream.read() + sys.version.encode() + ROOT.encode()).hexdigest()[:10]
    family = f"{purpose}-py{dotted(sys.version_info[:2])}-"
    folder = os.path.join(VENVS, family + digest)
    return family, folder, os.path.join(folder, "Scripts" if os.name == "nt" else "bin")


def is_complete(folder, programs):
    """Return whether the environment was built to its end and its Python is still there."""
    return os.path.exists(os.path.join(folder, COMPLETE)) and shutil.which("python", path=programs) is not None


def build(purpose, folder, programs):
    """Build an environment anew; it counts only once it is marked as complete."""
    name = os.path.relpath(folder, ROOT)
    print(f"Making {name} (once; this can take a minute) ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    step([sys.executable, "-m", "venv", folder], "on Debian and Ubuntu, python3-venv must be installed")
    pip = [os.path.join(programs, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step(
        pip + ["--editable", f"{ROOT}[{purpose}]"],
        "is the package registry reachable? Behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL; then run it again",
    )
    with open(os.path.join(folder, COMPLETE), "w"):
        pass


def step(command, hint):
    """Run a command quietly; where it fails, show its output and a hint, and exit."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    done = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = done.communicate()[0].decode("utf-8", "replace").strip()
    if done.returncode:
        print(output, file=sys.stderr)
        fail(f"`{' '.join(command)}` failed, see above; {hint}")


def remove_stale(family, folder):
    """Remove the environments of this purpose and Python that an older pyproject.toml asked for."""
    for name in os.listdir(VENVS):
        if name.startswith(family) and name != os.path.basename(folder):
            shutil.rmtree(os.path.join(VENVS, name), ignore_errors=True)


def renew_hooks(programs):
    """Install the hooks again: pre-commit notes in each the Python that installed it, which has just been replaced."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        command = ["git", "rev-parse", "--git-path", "hooks"]
        folder = subprocess.check_output(command, cwd=ROOT, stderr=subprocess.DEVNULL).decode().strip()
        with open(os.path.join(ROOT, folder, "pre-commit")) as stream:
            installed = VENVS in stream.read()
        if installed:
            step([os.path.join(programs, "python"), "-m", "pre_commit", "install"], "run `python3 dev.py hooks`")


@contextlib.contextmanager
def locked(path):
    """Let one process at a time build environments; the system frees the lock of one that dies."""
    with open(path, "a") as stream:
        try:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        except ImportError:
            import msvcrt

            while True:
                with contextlib.suppress(OSError):  # it gives up after ten seconds; we do not
                    msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
                    break
        yield


def fail(message):
    """Print one clear error and exit with 2."""
    print(f"dev.py: error: {message}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)  # an environment that was being built is not marked as complete, and will be made anew
