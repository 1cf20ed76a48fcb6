"""Calls at Bandwidth on the page: placed, and those of another application."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count, product
from typing import Any, Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, expect

from local.other_application import OtherApplication, running_application
from local.stack import Stack, running_stack
from tests.browser.axe import violations
from tests.browser.conftest import tab_of
from tests.browser.tab import SESSION_ADDRESS, Tab
from tests.browser.test_sessions import shows_problem
from tests.waiting import until

type Scheme = Literal["light", "dark"]

OURS = "+15550100000"
NUMBERS = count(15550200000)
LOOKS: list[tuple[Scheme, int]] = list(product(("light", "dark"), (320, 1280)))


@dataclass(frozen=True)
class Line:
    """Phones at Bandwidth, and another application that calls them."""

    stack: Stack
    client: aiohttp.ClientSession
    other: OtherApplication

    async def steer(self, path: str, body: dict[str, Any]) -> None:
        """Post to the stand-in."""
        assert self.stack.plan.bandwidth is not None
        url = f"{self.stack.plan.bandwidth.url}/sim/{path}"
        async with self.client.post(url, json=body, raise_for_status=True):
            pass

    async def phone(self) -> str:
        """The number of somebody who picks up."""
        number = f"+{next(NUMBERS)}"
        await self.steer("answering", {"target": number, "startScript": "on-transcription"})
        return number

    async def speak(self, session_id: str, speaker: str, text: str) -> None:
        """Somebody in a session's call says something."""
        url = f"{self.stack.plan.functions_url}/api/sessions/{session_id}"
        async with self.client.get(url, raise_for_status=True) as response:
            call_id = (await response.json())["callConnectionId"]
        await self.steer(f"calls/{call_id}/speak", {"speaker": speaker, "text": text, "duration": 1500})


@pytest.fixture(scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """A local cloud that serves calls at Bandwidth, too."""
    folder = tmp_path_factory.mktemp("bandwidth")
    async with running_stack(bandwidth=True, run_dir=folder) as stack, aiohttp.ClientSession() as client:
        assert stack.plan.bandwidth is not None
        async with running_application(stack.plan.bandwidth) as other:
            yield Line(stack, client, other)


@pytest.fixture
async def their_tab(line: Line, browser: Browser) -> AsyncIterator[Tab]:
    """A tab in which a call at Bandwidth is to be started."""
    async with tab_of(browser, line.stack) as tab:
        await tab.open()
        await tab.page.get_by_role("radio", name="Bandwidth").check()
        yield tab


def callee(tab: Tab) -> Locator:
    return tab.page.get_by_label("Ring this number")


def caller(tab: Tab) -> Locator:
    return tab.page.get_by_label("Show this number to them")


def continuation(tab: Tab) -> Locator:
    return tab.page.get_by_label("Then the call goes on with")


async def press_start(tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Start", exact=True).click()


async def arrive(tab: Tab) -> str:
    """The session of a call that is transcribed."""
    await expect(tab.page).to_have_url(SESSION_ADDRESS)
    await expect(tab.state).to_have_text("Transcribing")
    return tab.page.url.rpartition("/")[2]


async def test_a_deployment_without_bandwidth_offers_none_of_it(tab: Tab) -> None:
    async with tab.page.expect_request_finished(lambda asked: asked.url.endswith("/api/providers")):
        await tab.page.reload()
    told = await tab.page.evaluate("fetch('/api/providers').then((answer) => answer.json())")
    assert told == {"providers": ["acs"]}
    await expect(tab.page.get_by_text("Bandwidth")).to_have_count(1)
    await expect(tab.page.get_by_text("Bandwidth")).to_be_hidden()


async def test_a_number_is_rung_its_words_come_live_and_stay_after_the_stop(
    line: Line, their_tab: Tab
) -> None:
    tab, number = their_tab, await line.phone()
    await callee(tab).fill(f"{number[:2]} ({number[2:5]}) {number[5:8]}-{number[8:]}")
    await caller(tab).fill(OURS)
    await press_start(tab)
    session_id = await arrive(tab)
    await expect(tab.page.locator("#session-name")).to_have_text(f"Call to {number}")
    facts = tab.page.locator("#session-facts")
    await expect(facts.locator("[data-fact=Call] dd")).to_have_text(f"{OURS} → {number}")
    await expect(facts.locator("[data-fact=Provider] dd")).to_have_text("bandwidth")
    await expect(tab.rows.first.locator(".provider")).to_have_text("bandwidth")
    await line.speak(session_id, number, "Harbour office, good morning.")
    await line.speak(session_id, OURS, "Is the ferry on time?")
    await expect(tab.words("Harbour office, good morning.")).to_be_visible()
    await expect(tab.words("Is the ferry on time?")).to_be_visible()
    await expect(tab.finals.locator(".name")).to_have_text([number, OURS])
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await tab.page.reload()
    assert [text for _, text in await said_after_all(tab, 2)] == [
        "Harbour office, good morning.",
        "Is the ferry on time?",
    ]
    await tab.page.get_by_role("button", name="Journal").click()
    await expect(tab.page.locator("#journal-list")).to_contain_text("The service transcribes now")
    await expect(tab.page.locator("#journal-list")).not_to_contain_text(re.compile("ACS|Azure"))


async def said_after_all(tab: Tab, count: int) -> list[tuple[str, str]]:
    await expect(tab.finals).to_have_count(count)
    return await tab.said()


async def test_a_name_that_is_given_keeps_the_number_of_the_other(line: Line, their_tab: Tab) -> None:
    tab, number = their_tab, await line.phone()
    await callee(tab).fill(number)
    await caller(tab).fill(OURS)
    await press_start(tab)
    session_id = await arrive(tab)
    for who in (number, OURS):
        await line.speak(session_id, who, f"This is {who}.")
        await expect(tab.words(f"This is {who}.")).to_be_visible()
    await tab.finals.nth(0).locator(".name").click()
    await tab.page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Harbour office")
    await tab.page.keyboard.press("Enter")
    await expect(tab.finals.locator(".name")).to_have_text(["Harbour office", OURS])


async def test_a_call_of_another_application_is_transcribed_and_given_back(
    line: Line, their_tab: Tab
) -> None:
    tab, number = their_tab, await line.phone()
    call_id = await line.other.call(number)
    await tab.page.get_by_role("radio", name="Call of another application").check()
    await tab.call_id.fill(call_id)
    await expect(continuation(tab)).to_have_accessible_description(re.compile("hangs up"))
    await continuation(tab).fill(f'<Redirect redirectUrl="{line.other.url}"/>')
    await press_start(tab)
    session_id = await arrive(tab)
    await until(lambda: line.other.redirected[call_id] == 1)
    await expect(tab.page.locator("#session-name")).to_have_text(f"Call …{call_id[-8:]}")
    await expect(tab.page.locator("[data-fact=Call] dd")).to_have_text(call_id)
    await line.speak(session_id, number, "Still here.")
    await expect(tab.words("Still here.")).to_be_visible()
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await until(lambda: line.other.redirected[call_id] == 2)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", ["continueWith is empty", "what the call shall go on with"]),
        ("<Hangup/>", ["keep", "Redirect"]),
        ("<Redirect", ["well", "Redirect"]),
    ],
    ids=["nothing", "hangs-up", "broken"],
)
async def test_what_a_call_cannot_go_on_with_is_said_beside_the_field(
    line: Line, their_tab: Tab, typed: str, parts: list[str]
) -> None:
    tab = their_tab
    tab.expect_complaint(r"status of 400")
    await tab.page.get_by_role("radio", name="Call of another application").check()
    await tab.call_id.fill("c-95ac8d6e-1a31c52e")
    await continuation(tab).fill(typed)
    await press_start(tab)
    await shows_problem(continuation(tab), *parts)
    await tab.page.get_by_role("radio", name="Phone").and_(tab.page.locator("[name=bandwidth]")).check()
    await expect(continuation(tab)).to_be_hidden()
    await expect(tab.page.locator("#continueWith-problem")).to_be_empty()


async def test_each_other_mistake_is_said_at_its_field(line: Line, their_tab: Tab) -> None:
    tab = their_tab
    tab.expect_complaint(r"status of 400")
    locale = tab.page.get_by_role("combobox", name="Spoken language")
    await press_start(tab)
    await shows_problem(callee(tab), "Here is nothing yet.")
    await callee(tab).fill("555")
    await press_start(tab)
    await shows_problem(callee(tab), "no number to call", "E.164")
    await callee(tab).fill("+15551230000")
    await press_start(tab)
    await shows_problem(caller(tab), "no number to call from", "E.164")
    await caller(tab).fill(OURS)
    await locale.fill("de-DE")
    await press_start(tab)
    await shows_problem(locale, "does not transcribe de-DE", "fr-FR")
    assert await tab.page.evaluate("document.querySelector('#start [name=locale]').list.options.length") == 3
    await tab.page.get_by_role("radio", name="Call of another application").check()
    await tab.call_id.fill("not/an/id")
    await locale.fill("fr-FR")
    await press_start(tab)
    await shows_problem(tab.call_id, "is no id of a call", "c-")


async def test_whose_call_is_chosen_with_the_keyboard_and_remembered(line: Line, browser: Browser) -> None:
    async with tab_of(browser, line.stack) as tab:
        await tab.open()
        await expect(tab.page.get_by_role("radio", name="Azure")).to_be_checked()
        await expect(callee(tab)).to_be_hidden()
        await tab.page.get_by_role("radio", name="Azure").focus()
        await tab.page.keyboard.press("ArrowRight")
        await expect(tab.page.get_by_role("radio", name="Bandwidth")).to_be_checked()
        await expect(callee(tab)).to_be_visible()
        await expect(tab.page.get_by_text("Server call id")).to_be_hidden()
        await tab.page.keyboard.press("Tab")
        await tab.page.keyboard.press("ArrowRight")
        await expect(continuation(tab)).to_be_visible()
        await tab.page.reload()
        await expect(tab.page.get_by_role("radio", name="Bandwidth")).to_be_checked()
        await expect(callee(tab)).to_be_visible()
        await tab.page.get_by_role("radio", name="Azure").check()
        await expect(tab.call_id).to_be_visible()


async def test_a_language_that_nobody_typed_is_the_nearest_that_they_have(
    line: Line, browser: Browser
) -> None:
    for reader, likely in (("en-GB", "en-US"), ("es-MX", "es-US"), ("fr-FR", "fr-FR"), ("de-DE", "en-US")):
        context = await browser.new_context(locale=reader)
        page = await context.new_page()
        await page.goto(f"{line.stack.plan.functions_url}/app")
        locale = page.get_by_role("combobox", name="Spoken language")
        await expect(locale).to_have_value(reader)
        await page.get_by_role("radio", name="Bandwidth").check()
        await expect(locale).to_have_value(likely)
        await locale.fill("it-IT")
        await page.get_by_role("radio", name="Azure").check()
        await expect(locale).to_have_value("it-IT")
        await context.close()


async def test_another_language_is_one_of_theirs_and_spoken_from_then_on(line: Line, their_tab: Tab) -> None:
    tab, number = their_tab, await line.phone()
    await callee(tab).fill(number)
    await caller(tab).fill(OURS)
    await press_start(tab)
    session_id = await arrive(tab)
    await tab.page.locator("#language-menu summary").click()
    new_locale = tab.page.get_by_label("Spoken from now on")
    assert await new_locale.evaluate("one => one.list.options.length") == 3
    await new_locale.fill("fr-FR")
    await tab.page.get_by_role("button", name="Change").click()
    await expect(tab.page.locator("#session-facts")).to_contain_text("(fr-FR)")
    await tab.page.get_by_role("button", name="Journal").click()
    await expect(tab.page.get_by_text("The service transcribes now")).to_have_count(2)
    await line.speak(session_id, number, "Bonjour à tous.")
    await expect(tab.words("Bonjour à tous.")).to_have_attribute("lang", "fr-FR")


async def test_axe_finds_nothing_at_any_width_by_day_and_by_night(line: Line, their_tab: Tab) -> None:
    tab, number = their_tab, await line.phone()
    tab.expect_complaint(r"status of 400")

    async def looks_right() -> None:
        for scheme, width in LOOKS:
            await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await tab.page.set_viewport_size({"width": width, "height": 800})
            assert await violations(tab.page) == []
            assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width

    await looks_right()
    await tab.page.get_by_role("radio", name="Call of another application").check()
    await press_start(tab)
    await expect(tab.page.locator("#start [aria-invalid=true]")).to_be_focused()
    await looks_right()
    await tab.page.locator("[name=bandwidth][value=placed]").check()
    await callee(tab).fill(number)
    await caller(tab).fill(OURS)
    await press_start(tab)
    session_id = await arrive(tab)
    await line.speak(session_id, number, "Can everybody read this?")
    await expect(tab.words("Can everybody read this?")).to_be_visible()
    await looks_right()
    await tab.page.goto(tab.url)
    await expect(tab.rows.first).to_be_visible()
    await looks_right()
