"""Reader and referee, two parsers that share nothing, over a table of constructs, our own documents and generated texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.referee import find_difference

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(p for p in ROOT.rglob("*.md") if not {".git", "node_modules", ".venv"} & set(p.parts))

TEXTS = [
    "", "\n", "word", "two\nlines", "a\n\nb", "  indented by two", "ends with blanks  \nhard break", "back\\\nslash",
    "# one", "## two ##", "###### six", "####### seven", "#no blank", "#", "# ", "## ##", "# a #b", "# a \\#",
    "   # three", "    # four", "# *a* `b` [c](d) ![e](f)", "# a_b_c __d__", "# ~~gone~~", "# <b>x</b> &amp; &#x20;",
    "# &#x20;a", "# a\n# a", "a\n=", "a\nb\n---", "a\n\n---", "> a\n---", "> a\n> ---", "- a\n  ===", "a\n  ===",
    "a\n    ===", "-|\n--", "|\n--", "***\n- - -\n___", "```\ncode\n```", "```py info\ncode", "~~~\n```\n~~~",
    "````\n```\n````", "```a`b```", "  ```\n  x\n  ```", "> ```\n> x\n\ny", "- ```\n  x\n  ```\n- b",
    "```\n# no\n[no](no)\n```", "    code\n\n    more\n\nz", "a\n    lazy", "\tcode", "- a\n\n      code",
    "1. a\n2. b", "1) a", "- a\n- b\n\n- c", "- a\n  - b\n    - c\n      # d", "* # h", "+ a\n\n  b", "-\n  a",
    "> a\nlazy", "> # h", "> > # h", "> - a\n>   # h", "> a\n\n> b", "- [ ] todo\n- [x] done",
    "<div>\n# no\n\n# yes\n</div>", "<!-- a\n\n# no -->\n# yes", "<!-- a --> [no](no)",
    "text <!-- [no](no) --> [a](b)", "<?a\n\n?>\nb", "<!DOCTYPE html>\n# h", "<![CDATA[\n\n]]>\nx",
    "<script>\n\n# no\n</script>", "<b>\n\n# h", "text\n<div>\nx", "text\n<b>\nx", "<pre>\n\n</pre>", "[a](b)",
    "[a](<b c>)", "[a](b 'c')", '[a](b "c")', "[a](b (c))", "[a]()", "[a](<>)", "[a](b\\)c)", "[a](b(c)d)", "[a](b c)",
    "[a] (b)", "[a](\nb\n)", "[a\nb](c)", "[a [b](c) d](e)", "[![a](b)](c)", "![a [b](c)](d)", "[a](b&amp;c)",
    "[a](b&copy;)", "[a](b&copy)", "[a](b%20c)", "[`](`](b)", "[*a](b)*", "\\[a](b)", "[a\\](b)", "![a]", "!\\[a](b)",
    "[a](b](c)", "[](x)", "[a](javascript:b)", "[a](file:///b)", "[a]\n\n[a]: b", "[a][b]\n\n[b]: c",
    "[a][]\n\n[A]: c", "![a][b]\n\n[b]: c", "[a]: b\n[a]: c\n\n[a]", "[a]: <b c> 'd'\n\n[a]", "[a]:\n  b\n\n[a]",
    "text\n[a]: b\n\n[a]", "> [a]: b\n\n[a]", "- [a]: b\n\n[a]", "[a]: b\ntext [a]", "[a]: b\n    [a]: c\n\n[a]",
    "[a]: b\n<i>\n\n[a]", "[ß]\n\n[ẞ]: a", "[a][b]", "[a][]", "[a]: \n\n[a]", "[a\\]b]: c\n\n[a\\]b]", "<http://a.b>",
    "<a@b.c>", "<mailto:a@b.c>", "<a:b>", "<http://a b>", "<b:[a](c)>", "| a | b |\n|---|---|\n| [c](d) | `e` |",
    "a | b\n-|-\nc | d", "| a |\n|---|\n| `x\\|y` [c](d\\|e) |\n\n# h", "| a |\n|---|---|", "# a|b\n-|-",
    "| a |\n|---|\n> q", "| a |\n|---|\n# h", "| a |\n|---|\nplain\n\nb", "a\n| b |\n|---|\n[c](d)",
    "- | a |\n  |---|\n  | [c](d) |", "a[^1]\n\n[^1]: b [c](d)", "a[^1]\n\n[^1]: b\n\n    # c\n\n# d", "a[^1]",
    "[^1]: # h", "# a[^1]\n\n[^1]: b", "[^a](b)\n\n[^a]: c", "[a][^1]\n\n[a]: b", "[a][^1]\n\n[a]: b\n[^1]: c",
    "`a` ``b ` c``", "`[a](b)`", "`a [b](c`)", "a`b\n# c`", "\\`[a](b)`", "``` [a](b)", "---\na: b\n---\n# h",
    "---\n# h\n---\n", "---\n\n---\n# h", "\n---\na: b\n---", "# h\n---\na: b\n---", "---\na: b\n...\n[a](b)",
    "a\r\n# b\r\n```\r\nc\r\n```\r\n", "a\r# b\r\r[c](d)", "é # a\n# é [ü](ö)\n", "\u2028# a\n# \U0001f680 b",
    "a\x0c# b\n# c", "a\0b\n# \0", "> [!NOTE]\n> # a", "# \u00a0a\u00a0", "# . \t", "# a\t#\t", "# &#32;\t", ">```\n>",
    "```\n \n", "<!--\n  ", "# a\\\n", "a  \nb\n-",
]  # fmt: skip

# Where the two differ, and what GitHub does. None of it is worth a rule: a writer refuses such a text.
KNOWN = [
    ("# <!----->", "GitHub takes this comment for text, as the referee does; newer CommonMark for a comment."),
    (
        "| a |\n|---|\n    code",
        "An indented line ends a table on GitHub, as the referee says; for the reader it is a row.",
    ),
    ("[a]:\n=", "On GitHub `=` underlines a heading, as the reader says; the referee takes it for a destination."),
    ("![[^a]]()\n\n[^a]: b", "GitHub shows an image, as the referee says; for the reader the footnote goes first."),
    (">\n    >", "Code on GitHub, as the reader says; the referee lets the quote go on."),
    (">>a\n    <?", "Text of the paragraph on GitHub, as the reader says; code for the referee."),
    (">>+ \ta", "Code on GitHub, as the reader says: the tab reaches five columns behind the mark."),
]


@pytest.mark.parametrize("text", TEXTS)
def test_constructs(text: str) -> None:
    assert find_difference(read(text), text) is None


@pytest.mark.parametrize(("text", "reason"), KNOWN)
def test_known_differences_are_reported(text: str, reason: str) -> None:
    assert find_difference(read(text), text), reason


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_own_documents(path: Path) -> None:
    text = path.read_bytes().decode()
    assert find_difference(read(text), text) is None


@pytest.mark.parametrize(
    ("text", "other", "named"),
    [
        ("# a\n", "# b\n", "headings"),
        ("# a\n", "", "headings"),
        ("", "# a\n", "headings"),
        ("```\n```\n", "text\n", "opaque"),
        ("[a](b)", "[a](c)", "targets"),
        ("[a](b) [c](d)", "[a](b)", "targets"),
    ],
)
def test_a_difference_is_named(text: str, other: str, named: str) -> None:
    assert (find_difference(read(text), other) or "").startswith(f"{named}: ")


PIECES = [
    "a", "b", " ", "  ", "\n", "\n\n", "# ", "## h ##\n", "- ", "  - ", "* ", "1. ", "2) ", "> ", "`", "``", "```\n",
    "~~~\n", "*", "_", "**", "[", "]", "(", ")", "![", "](x.md)", "[a](b.md)", "[r]", "[r][a]", "[r]: d.md 'T'\n",
    "[q]: <e f>\n", "[^1]", "[^1]: ", "<b>", "<a href='q'>", "</a>", "<!-- c -->", "<div>\n", "</div>\n", "<http://h>",
    "&amp;", "&#32;", "\\", "| a | b |\n", "|---|---|\n", "|", "---\n", "===\n", "é", "$",
]  # fmt: skip
# Of the differences above, those that these pieces can make.
_ODD = re.compile(r"!\[[^\]]*\[\^|\]:\s*=|^ {4}|\]:[ \n]*\Z", re.MULTILINE)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_generated_texts(text: str) -> None:
    assume(not _ODD.search(text))
    assert find_difference(read(text), text) is None
