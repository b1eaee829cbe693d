"""What docs/merging.md shows is what happens."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from autopack_hooks.install import driver
from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

DOCS = (Path(__file__).parent.parent / "docs/merging.md").read_text("utf-8")
SHOWN = re.findall(r"^```markdown\n(### .*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
PATH = "docs/BUILD_HISTORY.md"
BODY = "**Status**: Complete\n**Category**: Runtime\n**Tests**: pass\n\n#### Outcome\n"
BRANCHES = {"BUILD-004": ("Faster start", "Reads half the files"), "BUILD-005": ("Smaller image", "Drops the compiler")}


@pytest.mark.parametrize(("attribute", "shown", "count"), [("union", SHOWN[0], 4), ("autopack-ledger", SHOWN[1], 5)])
def test_the_two_branches_of_the_page(ledger_repo: GitRepo, attribute: str, shown: str, count: int) -> None:
    ledger_repo.write(".gitattributes", f"{PATH} merge={attribute}\n")
    ledger_repo.git(
        "config", driver.KEY, driver.command(None).replace("python3", f'"{Path(sys.executable).as_posix()}"')
    )
    ledger_repo.commit()
    for entry_id, (title, outcome) in BRANCHES.items():
        ledger_repo.git("checkout", "-q", "-b", entry_id, "main")
        row = f"| 2026-01-04 | {entry_id} | {title} | {outcome} | 2 |\n"
        section = f"### {entry_id} | 2026-01-04 | {title}\n\n{BODY}\n{outcome}.\n\n"
        text = LEDGER.replace("| 2026-01-03 |", f"{row}| 2026-01-03 |", 1).replace(
            "### BUILD-003", f"{section}### BUILD-003", 1
        )
        ledger_repo.write(PATH, text.replace("Builds: 3", "Builds: 4").replace("2026-01-03T", "2026-01-04T"))
        ledger_repo.commit(entry_id)
    ledger_repo.git("merge", "-q", "-m", "m", "BUILD-004")
    text = ledger_repo.read(PATH)
    assert shown in text
    assert f"Total_Builds: {count}\n" in text
    assert main(["check", "--repo", str(ledger_repo.root)]) == (1 if attribute == "union" else 0)


def test_the_table_of_a_page_can_be_copied_from_it(ledger_repo: GitRepo) -> None:
    (block,) = re.findall(r"^```markdown\n(<!-- AUTOPACK.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    ledger_repo.write("README.md", f"# Demo\n\n{block}")
    assert main(["fix", "--repo", str(ledger_repo.root)]) == 1
    assert "| BUILD-003, 2026-01-03: Third |" in ledger_repo.read("README.md")
