"""Codes of the link checks (LNK###)."""

from __future__ import annotations

from autopack_hooks.checks.code import Code
from autopack_hooks.core.findings import Severity

CODES = (
    Code(
        "LNK001",
        "link to a file that does not exist",
        Severity.ERROR,
        "Category `missing_file`. Nothing that git tracks is where the link leads. A link is relative "
        "to the document that it "
        "stands in; one that starts with `/` is relative to the repository's root. In a deep scan a "
        "path in backticks that "
        "exists nowhere is reported as information.",
        bad="[the guide](docs/gone.md)",
        good="[the guide](docs/guide.md)",
        remedy="`autopack-hooks fix-links` mends it where git's history knows where the file went. Otherwise "
        "name the file that is "
        "meant, or take the link out.",
        fix="safe",
    ),
    Code(
        "LNK002",
        "link written from another folder",
        Severity.ERROR,
        "Category `wrong_base`. The target exists when the path is read from the repository's root (or "
        "from another level), but a "
        "link is read from the folder of its own document.",
        bad="<!-- in docs/INDEX.md -->\n[the guide](docs/guide.md)",
        good="<!-- in docs/INDEX.md -->\n[the guide](guide.md)",
        remedy="run `autopack-hooks fix-links --execute`; the fix is certain.",
        fix="safe",
    ),
    Code(
        "LNK003",
        "link to a heading or anchor that does not exist",
        Severity.ERROR,
        "Category `missing_anchor`. The document is there, but no heading's slug and no HTML `id` or "
        "`name` in it is the link's "
        "fragment. Slugs are GitHub's: lower case, punctuation dropped, each space a hyphen, `-1`, `-2` "
        "for repeated headings.",
        bad="[start](#getting-startd)\n\n## Getting Started",
        good="[start](#getting-started)\n\n## Getting Started",
        remedy="correct the fragment; renaming a heading breaks every link to it.",
        fix="safe",
    ),
    Code(
        "LNK004",
        "link in another spelling than the file's",
        Severity.ERROR,
        "Category `case_mismatch`. The path differs from the tracked one in upper and lower case, or in "
        "its Unicode form. It works "
        "on some file systems and is a dead link on GitHub.",
        bad="[the guide](docs/Guide.md) <!-- the file is docs/guide.md -->",
        good="[the guide](docs/guide.md)",
        remedy="run `autopack-hooks fix-links --execute`.",
        fix="safe",
    ),
    Code(
        "LNK005",
        "link to a file that git does not track",
        Severity.ERROR,
        "Category `untracked`. The file lies on this disk, but it is ignored or was never added, so "
        "nobody else has it.",
        remedy="`git add` the file, or take the link out.",
    ),
    Code(
        "LNK006",
        "link out of the repository",
        Severity.ERROR,
        "Category `outside_repository`. The path leaves the repository (or names a place of one "
        "machine, as `file:` and drive "
        "letters do). Pages of the repository's own site, such as `../../issues`, are fine.",
        bad="[notes](../../../../home/me/notes.md)",
        remedy="bring the file into the repository, or link to a URL.",
    ),
    Code(
        "LNK007",
        "link to a line that the file does not have",
        Severity.ERROR,
        "Category `line_out_of_range`. `#L10` or `#L10-L20` points past the end of its file: the code has moved on.",
        remedy="look where the code went and correct the lines.",
    ),
    Code(
        "LNK008",
        "line number written with a colon",
        Severity.ERROR,
        "Category `line_suffix`. `a.py:39` is how tools print a place; in a link it is a file of that "
        "name. GitHub's form is `#L39`.",
        bad="[the rule](src/rules.py:39)",
        good="[the rule](src/rules.py#L39)",
        remedy="run `autopack-hooks fix-links --execute`.",
        fix="safe",
    ),
    Code(
        "LNK009",
        "reference that is not defined",
        Severity.ERROR,
        "Category `undefined_reference`. `[text][label]` or `[label][]` without a `[label]: target` in "
        "the document shows as plain text.",
        bad="See [the guide][guide].",
        good="See [the guide][guide].\n\n[guide]: docs/guide.md",
        remedy="add the definition, or escape the bracket if no link is meant.",
    ),
    Code(
        "LNK010",
        "footnote that is not defined",
        Severity.ERROR,
        "Category `undefined_footnote`. `[^1]` without a `[^1]: text` in the document shows as plain text.",
        bad="As said.[^1]",
        good="As said.[^1]\n\n[^1]: By whom.",
        remedy="add the footnote, or take the mark out.",
    ),
    Code(
        "LNK011",
        "URL of this repository whose target does not exist",
        Severity.ERROR,
        "Category `own_repository_url`. A full URL of this repository's own default branch (`blob`, "
        "`tree`, `raw`, `edit`) names a "
        "path or an anchor that is not there. A relative link would also work on branches, in forks and offline.",
        remedy="correct the path, or better, make the link relative.",
        fix="safe",
    ),
    Code(
        "LNK012",
        "link to a symbolic link that leads nowhere",
        Severity.ERROR,
        "Category `broken_symlink`. The target is tracked, but it is a symbolic link to something that "
        "is not (or to itself).",
        remedy="mend the symbolic link, or link to the file that is meant.",
    ),
    Code(
        "LNK013",
        "navigation document that does not exist",
        Severity.ERROR,
        "Category `missing_document`. `links.nav` names a document that is not in the repository.",
        remedy="restore the document, or take it out of `links.nav`.",
    ),
    Code(
        "LNK014",
        "document that cannot be read",
        Severity.ERROR,
        "Category `unreadable`. The document is not UTF-8 text (or cannot be opened), so its links cannot be checked.",
        remedy="save it as UTF-8.",
    ),
    Code(
        "LNK020",
        "target that exists at run time",
        Severity.INFO,
        "Category `runtime_endpoint`. A broken link that the policy's `runtime_endpoints` explain.",
    ),
    Code(
        "LNK021",
        "target that is history",
        Severity.INFO,
        "Category `historical_ref`. A broken link that the policy's `historical_refs` explain.",
    ),
    Code(
        "LNK022",
        "target of another place",
        Severity.INFO,
        "Category `external_url`. A broken link that the policy's `external_deps` explain. URLs of "
        "other sites are never requested.",
    ),
    Code(
        "LNK023",
        "file mentioned by a part of its path",
        Severity.INFO,
        "Category `elsewhere`. A deep scan looks at paths in backticks, too. This one is not there as "
        "written, but a file of that name "
        "is elsewhere in the repository.",
    ),
    Code(
        "LNK030",
        "policy entry without a reason",
        Severity.WARNING,
        "Every entry of the link policy says why it is there, for the one who wonders later whether it may go.",
        bad="runtime_endpoints:\n  - pattern: 'api/'",
        good="runtime_endpoints:\n  - pattern: 'api/'\n    reason: served by the application",
        remedy="add a `reason`, or remove the entry.",
    ),
    Code(
        "LNK031",
        "policy entry that matches nothing",
        Severity.WARNING,
        "A deep scan found no link that this entry explains. It would hide the next real fault. A "
        "policy may only shrink by itself.",
        remedy="remove the entry.",
    ),
)
