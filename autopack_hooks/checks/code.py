"""A finding's code and its manual page."""

from __future__ import annotations

from dataclasses import dataclass

from autopack_hooks.core.findings import Severity


@dataclass(frozen=True)
class Code:
    """Hold one code with its manual page.

    ``why`` says what is reported and why it matters; ``bad`` and ``good`` are Markdown examples; ``remedy`` is what a
    person does about it. ``on_request`` codes are looked for only where the configuration names them. ``fix`` is ``no``,
    ``safe`` (mechanical, cannot lose meaning), ``stubs`` (with that option of `fix`) or ``unsafe``.
    """

    code: str
    title: str
    severity: Severity
    why: str
    bad: str = ""
    good: str = ""
    remedy: str = ""
    fix: str = "no"
    on_request: bool = False
