from pathlib import Path

import pytest

from tests.browser.conftest import find_chromium


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty search path; where Playwright would have a Chromium, there is none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return str(tmp_path / "chromium")


def test_without_a_browser_the_page_is_skipped_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, no_browser: str
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="THE PAGE IS NOT TESTED"):
        find_chromium(no_browser)


def test_without_a_browser_ci_fails(monkeypatch: pytest.MonkeyPatch, no_browser: str) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="THE PAGE IS NOT TESTED"):
        find_chromium(no_browser)
