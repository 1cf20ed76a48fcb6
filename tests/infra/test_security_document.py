"""What docs/security.md says is proved by a test has one."""

import re

from local.child_process import PROJECT

TEXT = (PROJECT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)`")
FOLDERS = ("tests/end_to_end", "tests", "")
"""Where a test is, if no folder, or part of one, is named."""


def test_every_test_that_it_names_exists() -> None:
    named = set(NAMED.findall(TEXT))
    assert len(named) > 10
    missing = [name for name in named if not any((PROJECT / folder / name).is_file() for folder in FOLDERS)]
    assert missing == []


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXT)
    assert [target for target in targets if not (PROJECT / "docs" / target).exists()] == []
