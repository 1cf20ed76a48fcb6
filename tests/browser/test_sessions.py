import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.simulated_call import ANN, Phone, small_talk
from tests.browser.tab import Tab

BAD_REQUEST = r"status of 400"
NOT_FOUND = r"status of 404"


async def test_stop_on_the_page_ends_the_transcription(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Words before the end.")
    await expect(tab.words("Words before the end.")).to_be_visible()
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await expect(tab.page.get_by_role("button", name="Stop")).to_be_hidden()
    await expect(tab.page.locator("#session-facts")).to_contain_text("Length")
    await tab.shows(call, 1)


async def test_the_list_has_the_newest_session_first_and_follows_its_state(tab: Tab, phone: Phone) -> None:
    older = await tab.start(await phone.call())
    await expect(tab.rows.nth(0)).to_have_attribute("href", f"#/sessions/{older}")
    newer = await tab.start(await phone.call())
    await expect(tab.rows.nth(0)).to_have_attribute("href", f"#/sessions/{newer}")
    await expect(tab.rows.nth(1)).to_have_attribute("href", f"#/sessions/{older}")
    await expect(tab.rows.nth(0)).to_have_attribute("aria-current", "page")
    await expect(tab.rows.nth(0).locator(".state")).to_have_text("Transcribing")
    await tab.stop()
    await expect(tab.rows.nth(0).locator(".state")).to_have_text("Stopped")


async def test_a_session_that_somebody_else_starts_appears_in_the_list(
    open_tab: OpenTab, phone: Phone
) -> None:
    watching, other = await open_tab(), await open_tab()
    session_id = await other.start(await phone.call())
    row = watching.page.locator(f"#sessions a[href='#/sessions/{session_id}']")
    await expect(row).to_be_visible()
    await expect(row.locator(".state")).to_have_text("Transcribing")


async def test_choosing_another_session_shows_its_words_and_none_of_the_first(tab: Tab, phone: Phone) -> None:
    tea, ships = (
        await phone.call(small_talk(3, "tea"), speed=4),
        await phone.call(small_talk(3, "ships"), speed=4),
    )
    first = await tab.start(tea)
    await tab.shows(tea, 3)
    await tab.start(ships)
    await tab.shows(ships, 3)
    await tab.page.locator(f"#sessions a[href='#/sessions/{first}']").click()
    await tab.shows(tea, 3)
    await expect(tab.page.locator("#session-name")).to_be_focused()


async def test_a_call_that_is_transcribed_already_leads_to_its_session(
    open_tab: OpenTab, phone: Phone
) -> None:
    call = await phone.call()
    first, second = await open_tab(), await open_tab()
    assert await first.start(call) == await second.start(call)


@pytest.mark.parametrize("way", ["Group call", "Room", "Server call id"])
async def test_a_call_without_an_id_is_a_problem_at_its_field_in_words_of_the_page(
    tab: Tab, way: str
) -> None:
    await tab.page.get_by_role("radio", name=way).check()
    await tab.call_id.fill("   ")
    await tab.call_id.press("Enter")
    await shows_problem(tab.call_id, "Here is nothing yet.", "Type the id of the call.")


async def test_blanks_that_were_copied_with_an_id_are_no_part_of_it(open_tab: OpenTab, phone: Phone) -> None:
    call = await phone.call()
    first, second = await open_tab(), await open_tab()
    session_id = await first.start(call)
    await second.call_id.fill(f" {call.group}  ")
    await second.call_id.press("Enter")
    await expect(second.page).to_have_url(re.compile(session_id))


async def test_nobody_to_ring_is_a_problem_at_its_field_in_words_of_the_page(tab: Tab) -> None:
    await tab.page.get_by_role("radio", name="Phone").check()
    callees = tab.page.get_by_label("Ring this number")
    await callees.fill(" , ;")
    await callees.press("Enter")
    await shows_problem(callees, "Here is nothing yet.", "such as +15551230000")


async def test_a_locale_without_a_region_is_a_problem_at_its_field(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(BAD_REQUEST)
    call = await phone.call()
    locale = tab.page.get_by_role("combobox", name="Spoken language")
    await tab.call_id.fill(call.group)
    await locale.fill("english")
    await tab.page.get_by_role("button", name="Start", exact=True).click()
    await shows_problem(locale, "'english' is not a locale with a region.", "such as en-US")
    await locale.fill("en-GB")
    await tab.start(call)
    await expect(locale).to_have_attribute("aria-invalid", "false")
    await expect(tab.page.locator("#session-facts")).to_contain_text("en-GB")


async def test_an_answer_that_is_not_ours_is_a_problem_and_not_an_empty_list(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.page.route(
        "**/api/**", lambda route: route.fulfill(body="<h1>Log in</h1>", content_type="text/html")
    )
    await expect(tab.page.locator("#sessions-problem")).to_contain_text("Something else answered")
    await tab.call_id.fill("5c1d3b8e-group")
    await tab.call_id.press("Enter")
    await expect(tab.page.locator("#start-problem")).to_contain_text("Something else answered")


async def shows_problem(field: Locator, *parts: str) -> None:
    """The field is marked and focused, and described by words that hold these parts."""
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    for part in parts:
        await expect(field).to_have_accessible_description(re.compile(re.escape(part)))


async def test_no_words_in_between_when_they_are_not_wanted(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(4), speed=1)
    await tab.page.get_by_text("More choices").click()
    await tab.page.get_by_role("checkbox", name="Show words").uncheck()
    await tab.start(call)
    await tab.page.evaluate(
        "new MutationObserver(() => window.sawInterim = true)"
        ".observe(document.getElementById('interims'), {childList: true})"
    )
    await tab.shows(call, 4)
    assert await tab.page.evaluate("window.sawInterim") is None


async def test_a_session_that_does_not_exist_is_said_so(open_tab: OpenTab) -> None:
    tab = await open_tab("#/sessions/01AAAAAAAAAAAAAAAAAAAAAAAA")
    tab.expect_complaint(NOT_FOUND)
    await expect(tab.page.get_by_role("heading", name="This session cannot be shown")).to_be_visible()
    await expect(tab.page.locator("#session-problem")).to_contain_text("It was erased, or never was.")
    await tab.page.get_by_role("link", name="Verbatim").click()
    await expect(tab.page.get_by_role("heading", name="Every word of a call")).to_be_visible()


async def test_a_failure_is_shown_with_what_to_do(tab: Tab, phone: Phone) -> None:
    await phone.steer("/sim/faults", {"operation": "start", "do": "code", "code": 400, "subCode": 8581})
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Failed")
    failure = tab.page.locator("#session-error")
    await expect(failure.locator("p").first).not_to_be_empty()
    await expect(failure.locator(".remedy")).to_contain_text("start again")


async def test_a_session_can_be_started_and_stopped_with_the_keyboard_alone(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.call_id.focus()
    await tab.page.keyboard.type(call.group)
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#session-name")).to_be_focused()
    await expect(tab.state).to_have_text("Transcribing")
    await tab.page.keyboard.press("Tab")
    await expect(tab.page.get_by_role("button", name="Stop")).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(tab.state).to_have_text("Stopped")
    await expect(tab.page.locator("#session-name")).to_be_focused()


async def test_the_connection_is_given_up_an_hour_after_the_end(tab: Tab, phone: Phone) -> None:
    await tab.page.clock.install()
    await tab.page.reload()
    call = await phone.call()
    async with tab.page.expect_websocket() as opening:
        await tab.start(call)
    socket = await opening.value
    await expect(tab.state).to_have_text("Transcribing")
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await tab.page.clock.fast_forward(130_000)
    assert not socket.is_closed()
    async with socket.expect_event("close"):
        await tab.page.clock.fast_forward(3_600_000)
