"""One zip for each run that changes documents: what they were, and hashes to tell whether they changed since."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from autopack_hooks.core.errors import Refused, UsageError
from autopack_hooks.core.files import destination, write_inside
from autopack_hooks.project.views import WorktreeView

MANIFEST = "manifest.json"
FOLDER = "backups"


def digest(data: bytes) -> str:
    """Return the hash by which a backup recognizes contents."""
    return hashlib.sha256(data).hexdigest()


def save_backup(state_dir: Path, stamp: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Path:
    """Write a backup named after ``stamp`` (a time); returns its path. ``before`` is what is kept. Raises OSError."""
    folder = state_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    number, path = 1, folder / f"links-{stamp}.zip"
    while path.exists():
        number += 1
        path = folder / f"links-{stamp}-{number}.zip"
    written = {name: digest(data) for name, data in after.items()}
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps({"files": list(before), "after": written}, indent=1))
        for index, data in enumerate(before.values()):
            archive.writestr(f"files/{index}", data)
    return path


def latest_backup(state_dir: Path) -> Path:
    """Return the newest backup. Raises UsageError where there is none."""
    found = sorted((state_dir / FOLDER).glob("links-*.zip"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    if not found:
        raise UsageError(
            f"no backup in {state_dir / FOLDER}: fix-links has changed nothing here that could be restored"
        )
    return found[-1]


def restore_backup(path: Path, root: Path) -> list[str]:
    """Put back what the backup holds and set it aside; returns the restored files.

    Raises Refused, with nothing written, where one of them changed after the fix, and UsageError for a damaged backup or a
    file that leads out of the repository.
    """
    before, after = _read(path)
    present = WorktreeView(root).read(before)
    for name in before:
        destination(root, name)
        if digest(present[name] or b"") not in (after.get(name), digest(before[name])):
            raise Refused(f"{name} changed since it was fixed; put your changes aside (git stash) and restore again")
    for name, data in before.items():
        write_inside(root, name, data, scratch=path.parent)
    path.rename(path.with_suffix(".restored"))
    return list(before)


def _read(path: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            return {name: archive.read(f"files/{i}") for i, name in enumerate(manifest["files"])}, dict(
                manifest["after"]
            )
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{path}: not a backup of fix-links: {error}") from error
