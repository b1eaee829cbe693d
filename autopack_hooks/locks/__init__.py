"""Offer the locks to other programs: the public name of ``autopack_hooks.locking.multilock``."""

from autopack_hooks.locking.multilock import MultiLock

__all__ = ["MultiLock"]
