"""Every regular expression of the product, tried as it is used with text that is made to hold it up."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator

import pytest

import functions
from functions.triggers.input import LARGEST_BODY, LINE

ANYWHERE = {
    "ACCENT": "sub",
    "AT_THE_START": "sub",
    "BIDI": "sub",
    "BLANKS": "sub",
    "CHARACTER": "findall",
    "CONTROL": "sub",
    "CREDENTIALS": "sub",
    "LENGTH": "search",
    "LINE": "search",
    "MARKUP": "sub",
    "MISSING": "search",
    "NO_NAME": "sub",
    "PATH": "search",
    "PATH_PARAMETER": "findall",
    "REFERENCE": "findall",
    "SECRET": "sub",
    "STEP": "findall",
    "STYLE": "sub",
    "UNKNOWN": "search",
}
"""How those are used that look further than at the beginning of a text; all others are matched from there."""
PIECES = [
    *"a-9 .,:;=`[]{}()<>|\\/+_\t\n\x00é\u0301\u200d",
    *(
        " - at `$",
        " - at `key` in `$",
        "$.a[0]",
        "unknown field `",
        "missing required field `",
        "of length <= 9",
    ),
    *(
        "ticket=",
        "a-token=",
        '"password="',
        "code= ",
        "aaaa-",
        "en-US-",
        "8:acs:",
        "+1",
        "4:+",
        "www.",
        "://",
        " q =",
        "q=0.",
        "2026-01-01T",
    ),
    *("{a:", "{\\", "#/components/schemas/", "0" * 13 + "-", "a\u0301\u0323"),
]
TAILS = ["", "!", "\n", "`"]
MOST_SECONDS = 1.0


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """All that are compiled when the app's modules are imported."""
    for module in pkgutil.walk_packages(functions.__path__, "functions."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value
    yield "functions.triggers.input.LINE", re.compile(LINE)  # which msgspec compiles


PATTERNS = dict(patterns())


def use_of(pattern: re.Pattern[str], name: str) -> Callable[[str], object]:
    """How the product uses the pattern."""
    uses: dict[str, Callable[[str], object]] = {
        "sub": lambda text: pattern.sub("", text),
        "findall": pattern.findall,
        "search": pattern.search,
    }
    return uses.get(name, pattern.fullmatch)


@pytest.mark.parametrize("name", PATTERNS)
def test_is_done_with_any_text_at_once(name: str) -> None:
    pattern = PATTERNS[name]
    how = use_of(pattern, ANYWHERE.get(name.rpartition(".")[2], ""))
    for piece in PIECES:
        for tail in TAILS:
            begun = time.process_time()
            how(piece * (LARGEST_BODY // len(piece)) + tail)
            assert time.process_time() - begun < MOST_SECONDS, (piece, tail)
