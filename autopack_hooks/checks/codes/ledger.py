"""Codes of the ledger checks (LED###)."""

from __future__ import annotations

from autopack_hooks.checks.codes.types import Code
from autopack_hooks.core.findings import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

LEDGER_CODES = (
    Code(
        "LED001",
        "undecodable text",
        _ERROR,
        "The file is not UTF-8, or holds NUL bytes. Nothing else is checked in it, and a sync leaves alone what it has of "
        "this ledger: bad input deletes nothing.",
        remedy="save the file as UTF-8, or restore it from git.",
    ),
    Code(
        "LED002",
        "conflict marker",
        _ERROR,
        "A merge left its markers (`<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`). Long rules of equal signs and underlined "
        "headings are not meant.",
        bad="<<<<<<< HEAD\n**Status**: Complete\n=======\n**Status**: Blocked\n>>>>>>> feature",
        good="===================================",
        remedy="resolve the conflict. An example of markers in a code block can be ignored by a comment above the block.",
    ),
    Code(
        "LED003",
        "malformed entry heading",
        _ERROR,
        "A heading starts with something that is nearly an id. The entry is read under the id that is probably meant, but "
        "other tools and readers will not find it.",
        bad="### BUILD 012 - Faster start",
        good="### BUILD-012 | 2026-01-03 | Faster start",
        remedy="write the id as the dialect does.",
        fix="unsafe",
    ),
    Code(
        "LED004",
        "duplicate section",
        _ERROR,
        "Two sections have the same id: usually two branches took the same number, sometimes a follow-up was written "
        "as a new section. Everything under the id is kept as one entry, so nothing is lost, but nobody can tell which one a "
        "reference means.",
        bad="### BUILD-012 | 2026-01-03 | Faster start\n\n### BUILD-012 | 2026-01-03 | Smaller image",
        good="### BUILD-012 | 2026-01-03 | Faster start\n\n### BUILD-013 | 2026-01-03 | Smaller image",
        remedy="give one of them the next free id, or join the two sections.",
    ),
    Code(
        "LED005",
        "duplicate row",
        _ERROR,
        "The INDEX has more than one row for an id.",
        remedy="keep one row; what the others say belongs into the entry's section. Rows that say exactly the same, `fix` joins.",
    ),
    Code(
        "LED006",
        "row without section",
        _ERROR,
        "The INDEX names an entry that has no section: the detail was never written, was lost in a merge, or stands under "
        "another id.",
        remedy="write the section (a short one will do), or remove the row. `fix` adds a section that is marked as a stub.",
        fix="safe",
    ),
    Code(
        "LED007",
        "section without row",
        _ERROR,
        "An entry is missing from the INDEX, so that nobody who reads the INDEX finds it.",
        remedy="add the row.",
        fix="safe",
    ),
    Code(
        "LED008",
        "entry heading inside a code block",
        _ERROR,
        "A fence that was opened and never closed, or closed too late, swallows an entry: Markdown shows it as code, and the "
        "entry is not there for any tool. The message names the line on which the fence opens.",
        bad="```\nsome output\n\n### BUILD-012 | 2026-01-03 | Faster start",
        good="```\nsome output\n```\n\n### BUILD-012 | 2026-01-03 | Faster start",
        remedy="close the fence where the code ends. A quoted heading that is meant as an example can be ignored by a comment "
        "above the block.",
    ),
    Code(
        "LED009",
        "wrong number of cells",
        _ERROR,
        "A row of the INDEX has more or fewer cells than the table's header, so its values stand in the wrong columns. Too "
        "many come from a `|` that nobody escaped; Markdown splits there even inside backticks.",
        bad="| 2026-01-03 | BUILD-012 | Start | Uses `a|b` | 3 |",
        good="| 2026-01-03 | BUILD-012 | Start | Uses `a\\|b` | 3 |",
        remedy="write `\\|` for a bar inside a cell, or add the missing cells.",
        fix="safe",
    ),
    Code(
        "LED010",
        "row outside its table",
        _ERROR,
        "A row of the INDEX stands outside of the table or is glued to a sentence, or a sentence directly under the table "
        "becomes a row. Markdown does not show it as what it is.",
        bad="... checksum `4787e0da`| 2026-01-02 | DBG-080 | LOW | Cleanup | Resolved |",
        remedy="move the row into the INDEX table, on a line of its own, without blank lines between rows.",
        fix="safe",
    ),
    Code(
        "LED011",
        "cell without an id",
        _ERROR,
        "The id column of an INDEX row holds no id of this ledger, so the row belongs to no entry.",
        bad="| 2026-01-02 | OPTION-B | Hygiene | Locks versions | 4 |",
        good="| 2026-01-02 | BUILD-154 | Hygiene | Option B: locks versions | 4 |",
        remedy="write the entry's id.",
    ),
    Code(
        "LED012",
        "invalid date",
        _ERROR,
        "A date is not one that exists, or not in ISO 8601 form (`2026-01-03`, `2026-01-03T15:30`, `2026-01-03T15:30:00Z`).",
        bad="### BUILD-012 | 2026-02-30 | Faster start",
        good="### BUILD-012 | 2026-02-28 | Faster start",
        remedy="correct the date.",
    ),
    Code(
        "LED013",
        "unknown status or severity",
        _WARNING,
        "The dialect lists the words that may stand there, and this is none of them. Symbols before the word and remarks "
        "after it are allowed.",
        bad="**Severity**: URGENT",
        good="**Severity**: HIGH",
        remedy="use a listed word.",
    ),
    Code(
        "LED014",
        "not newest first",
        _INFO,
        "The rows, or the sections, are not in the dialect's order. Ids and dates of real ledgers are not always in "
        "order, so this is only told, once for the rows and once for the sections.",
        remedy="sort them, if the order matters to you.",
        fix="unsafe",
    ),
    Code(
        "LED015",
        "incomplete META block",
        _WARNING,
        "The META block lacks a field that the dialect has.",
        good="<!-- META\nLast_Updated: 2026-01-03T00:00:00Z\nTotal_Builds: 3\nFormat_Version: 2.0\n-->",
        remedy="add the field.",
        fix="safe",
    ),
    Code(
        "LED016",
        "wrong count in META",
        _ERROR,
        "META counts other than the entries that are there. An entry counts once, however many rows and sections it has.",
        remedy="write the count that the message gives.",
        fix="safe",
    ),
    Code(
        "LED017",
        "unreadable time in META or SUMMARY",
        _ERROR,
        "A time there is not in ISO 8601 form.",
        bad="Last_Updated: last Friday",
        good="Last_Updated: 2026-01-03T00:00:00Z",
        remedy="write it as `2026-01-03T00:00:00Z`.",
        fix="safe",
    ),
    Code(
        "LED018",
        "wrong count in SUMMARY",
        _ERROR,
        "The generated summary counts other than the entries that are there.",
        remedy="write the count that the message gives.",
        fix="safe",
    ),
    Code(
        "LED019",
        "second META block",
        _ERROR,
        "The file has more than one META block, as happens when two versions of it are joined.",
        remedy="keep the first one, with what is right of the other. A META block quoted inside a sentence or in code is not "
        "meant.",
    ),
    Code(
        "LED020",
        "reference to an unknown id",
        _WARNING,
        "The text names an id of a known ledger that has no such entry: a slip of the pen, or an entry that was removed. "
        "Code, file names and ids with a suffix (`BUILD-145-NOTES`) are not looked at.",
        remedy="correct the id.",
    ),
    Code(
        "LED021",
        "removed entry",
        _ERROR,
        "The last commit has an entry that this one would remove or renumber. A ledger is append-only: others refer to its "
        "ids. `check.allow_removal: true` switches this off.",
        remedy="bring the entry back, and say in a new one what has changed.",
    ),
    Code(
        "LED022",
        "heading that belongs to no entry",
        _WARNING,
        "A heading of the entries' level stands outside of any entry and has no id.",
        remedy="give it an id, or make it a heading of another level.",
    ),
    Code(
        "LED023",
        "foreign entry",
        _ERROR,
        "A section has an id of another ledger. It is no entry here, and nothing of it is synced.",
        bad="<!-- in ARCHITECTURE_DECISIONS.md -->\n## BUILD-155: First run",
        remedy="move the section to the ledger of its id, or give it an id of this one and name the other in its text.",
    ),
    Code(
        "LED024",
        "heading in another form",
        _WARNING,
        "The heading is understood, but it is not in the dialect's form: its level, its order or its separators differ.",
        bad="## BUILD-145: Tidy system (2026-01-02) \u2705 COMPLETE",
        good="### BUILD-145 | 2026-01-02 | Tidy system",
        remedy="write `### ID | DATE | TITLE`, with the status as a line of its own below.",
        fix="unsafe",
    ),
    Code(
        "LED025",
        "number taken by two files",
        _ERROR,
        "Two files of a ledger start with the same number: usually two branches took the next free one. Nobody can tell which "
        "of them a reference means. Leading zeros do not matter: `7-a.md` and `0007-b.md` are the same number.",
        bad="docs/adr/0003-use-postgres.md\ndocs/adr/0003-use-redis.md",
        good="docs/adr/0003-use-postgres.md\ndocs/adr/0004-use-redis.md",
        remedy="rename the file that is younger, and correct the links to it.",
    ),
    Code(
        "LED026",
        "heading and file name with different numbers",
        _WARNING,
        "The title of a file has another number than its name, as after a file was renamed. The name counts.",
        bad="<!-- in 0004-use-redis.md -->\n# 3. Use Redis",
        good="<!-- in 0004-use-redis.md -->\n# 4. Use Redis",
        remedy="write the number of the file's name.",
    ),
    Code(
        "LED027",
        "file without a number",
        _WARNING,
        "A file in the folder of a ledger has no number at the start of its name, so it is no entry and nothing of it is "
        "synced. Files that are called readme, index, summary, contributing or template are not meant.",
        bad="docs/adr/use-redis.md",
        good="docs/adr/0004-use-redis.md",
        remedy="name it with the next free number, move it to another folder, or make the ledger's pattern more exact.",
    ),
    Code(
        "LED028",
        "superseded entry that does not say so",
        _WARNING,
        "An entry supersedes another one, whose status says that it still holds. Whoever reads only the older one follows a "
        "decision that is over.",
        bad="<!-- 0003 -->\nSupersedes [1. Use Markdown](0001-use-markdown.md)\n\n<!-- 0001 -->\nstatus: accepted",
        good="<!-- 0003 -->\nSupersedes [1. Use Markdown](0001-use-markdown.md)\n\n"
        "<!-- 0001 -->\nstatus: superseded by ADR-0003",
        remedy="set the older entry's status.",
    ),
    Code(
        "LED029",
        "successor that does not name what it supersedes",
        _INFO,
        "An entry is superseded by another one, which does not mention it. Its reader does not learn what was decided "
        "before, and why that changed. Any mention will do: a status, a field, the id or a link in the text.",
        remedy="name the older entry in the newer one.",
    ),
    Code(
        "LED030",
        "supersession of an entry that is not there",
        _ERROR,
        "A status says that an entry supersedes, or is superseded by, one that does not exist (or itself).",
        bad="status: superseded by ADR-0099",
        remedy="correct the id or the link.",
    ),
    Code(
        "LED031",
        "version and link without each other",
        _WARNING,
        "A changelog that links its versions at the end of the file lacks the link of one, whose heading then shows its "
        "brackets; or it has a link of a version that it does not have. A changelog without any such link is not meant.",
        bad="## [1.1.0] - 2026-01-02\n\n## [1.0.0] - 2026-01-01\n\n[1.0.0]: https://example.com/releases/1.0.0",
        good="## [1.0.0] - 2026-01-01\n\n[1.0.0]: https://example.com/releases/1.0.0",
        remedy="add the link definition, or remove the one that is left over.",
    ),
    Code(
        "LED032",
        "gap in the numbers",
        _INFO,
        "Numbers between the first and the last entry have no entry. That is mostly as it should be: branches that were given "
        "up leave gaps. So it is told only on request: when `check.select` or `check.severity` names LED032.",
        remedy="nothing, or look for what was lost.",
        on_request=True,
    ),
    Code(
        "LED040",
        "id taken on both branches",
        _ERROR,
        "With `check --against REF`: this branch and REF added different entries under one id since they parted. Each branch "
        "is right by itself, and only their merge is wrong; so this is told before it. Run it in CI on pull requests, against "
        "the branch that they go to.",
        bad="<!-- on main -->\n### BUILD-012 | 2026-01-03 | Faster start\n\n<!-- on a branch -->\n### BUILD-012 | 2026-01-04 | "
        "Smaller image",
        good="<!-- on main -->\n### BUILD-012 | 2026-01-03 | Faster start\n\n<!-- on a branch -->\n### BUILD-013 | 2026-01-04 | "
        "Smaller image",
        remedy="give the entry of your branch the free id that the message names: `autopack-hooks renumber OLD NEW --execute` "
        "changes it and every reference to it.",
    ),
)
