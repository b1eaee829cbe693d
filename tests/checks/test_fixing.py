"""What is said to be fixable is what `fix` mends: on any ledger, the promise is compared with the deed."""

from __future__ import annotations

import json

import pytest

from autopack_hooks.main import main
from tests.support import LEDGER, GitRepo

PATH = "docs/BUILD_HISTORY.md"
ROW = "| 2026-01-02 | BUILD-002 | Second | Adds the second thing | 2 |\n"
CASES = {
    "count": LEDGER.replace("Total_Builds: 3", "Total_Builds: 9"),
    "missing row": LEDGER.replace(ROW, ""),
    "row that says another date": LEDGER.replace("| 2026-01-02 |", "| 2026-01-05 |"),
    "row below the table": LEDGER.replace(ROW, "").replace("## BUILDS", f"{ROW}\n## BUILDS"),
    "row of another width below the table": LEDGER.replace(ROW, "").replace("## BUILDS", f"{ROW[:-4]}\n## BUILDS"),
    "no table at all": LEDGER.replace("|-----------|----------|-------|---------|---------------|\n", ""),
    "same row twice": LEDGER.replace(ROW, ROW * 2),
    "two rows": LEDGER.replace(ROW, ROW + ROW.replace("second", "other")),
    "split cell": LEDGER.replace("Adds the second thing | 2", "Uses `a | b` | 2"),
    "a bar that nobody knows": LEDGER.replace("Adds the second thing | 2", "One | two | three | 2"),
    "row without a section": LEDGER.replace(ROW, ROW + ROW.replace("BUILD-002", "BUILD-009")),
    "taken twice": LEDGER + "\n### BUILD-001 | 2026-01-01 | Again\n\nText.\n",
    "bad date": LEDGER.replace("### BUILD-002 | 2026-01-02", "### BUILD-002 | 2026-02-30"),
    "a fence": LEDGER.replace("## BUILDS", "```\n## BUILDS"),
    "half a file": LEDGER[: len(LEDGER) // 2],
    "conflict": LEDGER.replace("Total_Builds: 3", "<<<<<<< a\nTotal_Builds: 3\n=======\nTotal_Builds: 4\n>>>>>>> b"),
}


def check(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    main(["check", "--repo", str(repo.root), "--format", "json"])
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_promise_is_kept(ledger_repo: GitRepo, capsys: pytest.CaptureFixture[str], name: str) -> None:
    ledger_repo.write(PATH, CASES[name])
    before = check(ledger_repo, capsys)
    main(["fix", "--repo", str(ledger_repo.root)])
    capsys.readouterr()
    after = {(found["code"], found["entry_id"]) for found in check(ledger_repo, capsys)}
    assert before
    for found in before:
        assert found["fixable"] == ((found["code"], found["entry_id"]) not in after), found
