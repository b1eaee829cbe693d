"""The same work by CocoIndex 1.0: entries of a ledger, each a component, into qdrant-client's local mode.

python _cocoindex.py LEDGER FOLDER
"""

from __future__ import annotations

import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import cocoindex as coco
import numpy
from _peers import SIZE, split, vector
from cocoindex.connectors import qdrant
from cocoindex.resources import schema
from qdrant_client import QdrantClient

STORE = coco.ContextKey[QdrantClient]("store")
LEDGER, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])


@coco.lifespan
def lifespan(builder: coco.EnvironmentBuilder) -> Iterator[None]:
    FOLDER.mkdir(exist_ok=True)
    builder.settings.db_path = FOLDER / "coco.db"
    client = QdrantClient(path=str(FOLDER / "qdrant"))
    builder.provide(STORE, client)
    yield
    client.close()


@coco.fn(memo=True)
async def store_entry(entry: tuple[str, str], target: qdrant.CollectionTarget) -> None:
    name, text = entry
    point = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    target.declare_point(qdrant.PointStruct(id=point, vector=vector(text), payload={"entry_id": name, "text": text}))


@coco.fn
async def work() -> None:
    kind = schema.VectorSchema(numpy.dtype("float32"), SIZE)
    shape = await qdrant.CollectionSchema.create(qdrant.QdrantVectorDef(kind))
    target = await qdrant.mount_collection_target(STORE, "docs", shape)
    entries = [(name, (name, text)) for name, text in split(LEDGER.read_text())]
    await coco.mount_each(store_entry, entries, target)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    coco.App(coco.AppConfig(name="ledger"), work).update_blocking()
