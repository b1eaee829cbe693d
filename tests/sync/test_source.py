"""The digest of a ledger, from its text and from the cache."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_hooks.ledger.dialect import BUILD_HISTORY, DEBUG_LOG
from autopack_hooks.project.workspace import LedgerFile
from autopack_hooks.sync.cache import LedgerDigest
from autopack_hooks.sync.source import LedgerSource
from tests.support import LEDGER

PATH = "docs/L.md"
TWICE = LEDGER + "\n### BUILD-002 | 2026-01-02 | Second\n\nAgain.\n"


def source(
    folder: Path | None, text: str | bytes = LEDGER, dialect=BUILD_HISTORY, name="build_history"
) -> LedgerSource:
    data = text if isinstance(text, bytes) else text.encode()
    return LedgerSource(LedgerFile(name, PATH, dialect), {PATH: data}, (), folder)


def parsed(made: LedgerSource) -> bool:
    return "_reader" in vars(made)


@pytest.mark.parametrize("text", [LEDGER, TWICE, "", b"### BUILD-001 | x\n\xff"])
def test_the_cache_says_what_the_text_says(tmp_path, text):
    plain = source(None, text).digest
    first, second = source(tmp_path, text), source(tmp_path, text)
    assert first.digest == second.digest == plain
    assert parsed(first) and not parsed(second)


def test_digest():
    assert source(None, TWICE).digest.duplicates == ["BUILD-002"] and len(source(None, TWICE).digest.hashes) == 3
    assert source(None, b"a\n\xff").digest.fault.startswith(f"{PATH}:2: ")


@pytest.mark.parametrize(
    "other", [{"text": TWICE}, {"dialect": DEBUG_LOG}, {"text": LEDGER.replace("\n", "\r\n")}, {"name": "other"}]
)
def test_what_differs_is_parsed(tmp_path, other):
    assert source(tmp_path).digest
    made = source(tmp_path, **other)
    assert made.digest == source(None, **other).digest and parsed(made)


def forged(data: bytes, **changes: object) -> bytes:
    """A whole file that says something else."""
    line = json.dumps({**json.loads(data.split(b"\n", 1)[1]), **changes}).encode()
    return sha256(line).hexdigest().encode() + b"\n" + line


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"{",
        lambda data: data[:-1],
        lambda data: data.replace(b"BUILD-002", b"BUILD-003", 1),
        lambda data: data.split(b"\n", 1)[1],
        lambda data: forged(data, contents=3),
        lambda data: forged(data, contents=[["a", "b", "c"]]),
        lambda data: forged(data, settings="other"),
        lambda data: forged(data, key="other", contents=[]),
    ],
)
@pytest.mark.parametrize("text", [LEDGER, TWICE])
def test_a_damaged_cache_is_thrown_away(tmp_path, damage, text):
    assert source(tmp_path).digest
    [kept] = tmp_path.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    assert source(tmp_path, text).digest == source(None, text).digest
    again = source(tmp_path, text)
    assert again.digest == source(None, text).digest and not parsed(again)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert source(blocked / "cache").digest == source(None).digest != LedgerDigest({}, ())


def test_another_parser_is_another_version(tmp_path, monkeypatch):
    assert source(tmp_path).digest
    monkeypatch.setattr("autopack_hooks.sync.source.stamp", lambda: "edited")
    made = source(tmp_path)
    assert made.digest and parsed(made)


INDEX = "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"


def large(count: int = 2000, changed: int = 0, word: str = "other") -> str:
    """A ledger of ``count`` entries, one of which has another text."""
    numbers = range(count, 0, -1)
    rows = "".join(f"| 2026-01-01 | BUILD-{n:05} | Phase | Summary | 1 |\n" for n in numbers)
    sections = (f"### BUILD-{n:05} | 2026-01-01 | Title\n\n{word if n == changed else 'Text'}.\n\n" for n in numbers)
    return f"# Ledger\n\n{INDEX}{rows}\n{''.join(sections)}"


NEW = "### BUILD-02001 | 2026-01-02 | New\n\nText.\n\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (large(changed=1000), {"BUILD-01000"}),
        (large(changed=2000), {"BUILD-02000"}),
        (large(changed=1), {"BUILD-00001"}),
        (large().replace(NEW[:10] + "02000", NEW + "### BUILD-02000"), {"BUILD-02001"}),
        (large().replace("BUILD-00007 | Phase", "BUILD-00007 | Other"), {"BUILD-00007"}),
        (large(1999), {"BUILD-02000"}),
    ],
)
def test_what_has_not_changed_is_not_parsed(tmp_path, text, names):
    before = source(tmp_path, large()).digest
    characters: list[int] = []
    made = source(tmp_path, text)
    parse = made._parse
    made._parse = lambda part: (characters.append(len(part)), parse(part))[1]
    hashes = made.digest.hashes
    assert {
        name for name in hashes.keys() | before.hashes.keys() if hashes.get(name) != before.hashes.get(name)
    } == names
    assert made.digest == source(None, text).digest
    assert sum(characters) < len(text) / 10


def test_of_a_known_digest_only_the_wanted_entries_are_parsed(tmp_path):
    text, names = large(), ["BUILD-00005", "BUILD-01500"]
    whole = source(tmp_path, text)
    assert whole.digest
    made = source(tmp_path, text)
    characters: list[int] = []
    parse = made._parse
    made._parse = lambda part: (characters.append(len(part)), parse(part))[1]
    made.fetch(names)
    assert [made.entry(name).content_hash for name in names] == [whole.digest.hashes[name] for name in names]
    assert [made.entry(name).content for name in names] == [whole.entry(name).content for name in names]
    assert len(characters) == 1 and sum(characters) < len(text) / 10
    made.fetch(list(whole.digest.hashes))
    assert made.entry("BUILD-00001").content == whole.entry("BUILD-00001").content and len(characters) == 2


BYTES = [
    large(300).encode(),
    large(300, 7).encode(),
    large(300, 7).replace("\n", "\r\n").encode(),
    b"\xef\xbb\xbf" + large(300, 9).replace("\n", "\r").encode(),
    large(300, 9).encode().replace(b"Text", b"\xff", 1),
    large(300).encode().replace(b"Text", b"```", 1),
    large(300).encode().replace(b"Text", b"\0", 1),
    b"",
    large(301, 2).encode(),
]


@given(st.lists(st.sampled_from(BYTES), min_size=2, max_size=5))
@settings(max_examples=30, deadline=None)
def test_whatever_was_there_before(contents):
    with TemporaryDirectory() as folder:
        for data in contents:
            made, plain = source(Path(folder), data), source(None, data)
            assert made.digest == plain.digest
            for name in list(plain.digest.hashes)[:2]:
                assert made.entry(name).content == plain.entry(name).content


def test_a_ledger_of_several_files(tmp_path):
    file = LedgerFile("build_history", "docs/*.md", BUILD_HISTORY)
    one, two = {"docs/a.md": LEDGER.encode()}, {"docs/a.md": LEDGER.encode(), "docs/b.md": TWICE.encode()}
    for contents in (one, two, one, two):
        made, plain = (LedgerSource(file, dict(contents), (), cache) for cache in (tmp_path, None))
        assert made.digest == plain.digest and made.entry("BUILD-002") == plain.entry("BUILD-002")
