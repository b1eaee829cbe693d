"""The same work by LangChain's ``index()``: entries of a ledger into qdrant-client's local mode or a server, records in SQLite.

python _langchain.py LEDGER FOLDER [URL]
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from _peers import SIZE, split, vector
from langchain_classic.indexes import SQLRecordManager
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.indexing import index
from langchain_qdrant import QdrantVectorStore
from qdrant_client import QdrantClient, models


class Hashed(Embeddings):
    """Costs next to nothing, so that what is measured is the indexing."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return vector(text)


def main(ledger: Path, folder: Path, url: str | None = None) -> None:
    warnings.simplefilter("ignore")
    folder.mkdir(exist_ok=True)
    client = QdrantClient(url, timeout=60) if url else QdrantClient(path=str(folder / "qdrant"))
    if not client.collection_exists("docs"):
        client.create_collection("docs", models.VectorParams(size=SIZE, distance=models.Distance.COSINE))
    store = QdrantVectorStore(client, "docs", Hashed(), validate_collection_config=False)
    records = SQLRecordManager("docs", db_url=f"sqlite:///{folder / 'records.db'}")
    records.create_schema()
    documents = [Document(text, metadata={"entry_id": name}) for name, text in split(ledger.read_text())]
    done = index(documents, records, store, cleanup="full", source_id_key="entry_id", batch_size=1000)
    print(dict(done))
    client.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
