"""What the security pages name exists: settings, variables, options, files and tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autopack_hooks.core import errors, files

ROOT = Path(__file__).parents[1]
PAGES = ["docs/security.md", "SECURITY.md"]
TEXT = "\n".join((ROOT / page).read_text() for page in PAGES)
CODE = "\n".join(path.read_text() for path in sorted((ROOT / "autopack_hooks").rglob("*.py")))


def named(pattern: str) -> list[str]:
    return sorted(set(re.findall(pattern, TEXT)))


@pytest.mark.parametrize("name", named(r"(?<!\.)\bautopack-hooks\.[a-z]\w+"))
def test_git_settings(name: str) -> None:
    assert f'"{name}"' in CODE


@pytest.mark.parametrize("name", named(r"\bAUTOPACK_HOOKS_\w+"))
def test_variables(name: str) -> None:
    assert f'"{name}"' in CODE


@pytest.mark.parametrize("name", named(r"`(?:[^`\n]* )?(--[a-z-]+)"))
def test_options(name: str) -> None:
    assert f'"{name}"' in CODE or name in ("--global", "--add", "--no-verify")


@pytest.mark.parametrize("name", named(r"`sync\.(\w+)`"))
def test_configuration(name: str) -> None:
    assert name in (ROOT / "docs/autopack-hooks.schema.json").read_text()


@pytest.mark.parametrize("name", named(r"`((?:tests|docs|autopack_hooks)/[\w/.]+\.\w+)`"))
def test_files(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("link", named(r"\]\((?!https:)([^)#]+)"))
def test_links(link: str) -> None:
    assert any(Path(ROOT, page).parent.joinpath(link).resolve().is_file() for page in PAGES)


def test_exit_codes_and_bounds() -> None:
    assert "exit 2 for a file, 3 for the time, 4 for a store or server, 6 for a refusal" in TEXT
    assert (errors.USAGE, errors.DEADLINE, errors.TARGET, errors.REFUSED) == (2, 3, 4, 6)
    assert (
        f"{files.CONFIG_LIMIT // files.MEGABYTE} MB" in TEXT and f"{files.DOCUMENT_LIMIT // files.MEGABYTE} MB" in TEXT
    )


def test_the_readme_leads_there() -> None:
    assert "(docs/security.md)" in (ROOT / "README.md").read_text()
