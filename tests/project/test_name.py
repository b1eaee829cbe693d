"""Names of projects."""

from __future__ import annotations

import pytest

from autopack_hooks.project.name import url_name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.invalid/Org/Widget.git", "widget"),
        ("https://user:secret@example.invalid:8443/Org/Widget/", "widget"),
        ("git@example.invalid:Widget.git", "widget"),
        ("host:~/Widget", "widget"),
        ("ssh://g@example.invalid:22/~me/Widget.GIT", "widget"),
        ("/srv/git/Widget/.git", "widget"),
        ("../Widget", "widget"),
        ("C:\\src\\Widget", "widget"),
        ("file:///srv/My%20Widget.git\n", "my widget"),
        ("https://example.invalid", ""),
        ("https://example.invalid/", ""),
        ("git@example.invalid:", ""),
        (".", ""),
        ("..", ""),
        ("", ""),
        ("/", ""),
        ("host:a%0ab", ""),
        ("x/widget.github", "widget.github"),
    ],
)
def test_the_name_in_a_url(url, name):
    assert url_name(url) == name
