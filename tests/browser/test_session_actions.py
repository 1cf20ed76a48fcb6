import re

from playwright.async_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.simulated_call import ANN, BEN, Phone, line, small_talk
from tests.browser.tab import Tab, eventually

BAD_REQUEST = r"status of 400"
NOT_FOUND = r"status of 404"
UNAUTHORIZED_OR_GONE = r"status of 40[14]"


async def rename(page: Page, old: str | re.Pattern[str], new: str) -> None:
    await page.get_by_role("button", name=old).click()
    await page.get_by_role("dialog").get_by_label("Name", exact=True).fill(new)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_a_name_given_while_two_read_is_seen_by_both_and_keeps_the_others(
    open_tab: OpenTab, phone: Phone
) -> None:
    first = await open_tab()
    call = await phone.call(small_talk(6), speed=4)
    session_id = await first.start(call)
    second = await open_tab(f"#/sessions/{session_id}")
    await expect(second.finals).to_have_count(6)
    await first.page.get_by_role("button", name="People").click()
    await rename(first.page, re.compile("^Rename (Ann|Speaker 1)$"), "Dr. Ann Ferry")
    await rename(first.page, re.compile("^Rename (Ben|Speaker 2)$"), "Ben of the Boats")
    for tab in (first, second):
        await expect(tab.finals.nth(0).locator(".name")).to_have_text("Dr. Ann Ferry")
        await expect(tab.finals.nth(1).locator(".name")).to_have_text("Ben of the Boats")
    await call.speak(ANN, "Said under the new name.")
    await expect(second.page.locator("[aria-live=polite]")).to_contain_text(
        "Dr. Ann Ferry: Said under the new name."
    )


async def test_a_name_that_is_taken_back_gives_way_to_the_one_that_the_call_told(
    tab: Tab, phone: Phone
) -> None:
    call = await phone.call(small_talk(2), speed=4)
    await tab.start(call)
    await expect(tab.finals.nth(0).locator(".name")).to_have_text("Ann")
    await tab.finals.nth(0).locator(".name").click()
    await tab.page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Somebody")
    await tab.page.keyboard.press("Enter")
    await expect(tab.finals.nth(0).locator(".name")).to_have_text("Somebody")
    await tab.page.get_by_role("button", name="People").click()
    await rename(tab.page, "Rename Somebody", "")
    await expect(tab.finals.nth(0).locator(".name")).to_have_text("Ann")
    await expect(tab.finals.nth(1).locator(".name")).to_have_text("Ben")


async def test_a_raw_id_that_is_a_word_of_the_language_of_the_page_has_no_name(
    tab: Tab, phone: Phone
) -> None:
    people = {"constructor": "", "toString": ""}
    call = await phone.call([line(0, "constructor", "One."), line(1000, "toString", "Two.")], people=people)
    await tab.start(call)
    await expect(tab.finals.locator(".name")).to_have_text(["Speaker 1", "Speaker 2"])


async def test_another_language_is_spoken_from_now_on(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Said in English.")
    await expect(tab.words("Said in English.")).to_have_attribute("lang", "en-US")
    await tab.page.locator("#language-menu summary").click()
    await tab.page.get_by_label("Spoken from now on").fill("de-DE")
    await tab.page.get_by_role("button", name="Change").click()
    facts = tab.page.locator("#session-facts")
    await expect(facts).to_contain_text("German (Germany) (de-DE)")
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(BEN, "Auf Deutsch gesagt.")
    await expect(tab.words("Auf Deutsch gesagt.")).to_be_visible()
    announced = tab.page.locator("[aria-live=polite] [lang]").filter(has_text=re.compile("gesagt|English"))
    assert [await one.get_attribute("lang") for one in await announced.all()] == ["en-US", "de-DE"]
    await tab.page.reload()
    await expect(tab.words("Auf Deutsch gesagt.")).to_have_attribute("lang", "de-DE")
    await expect(tab.words("Said in English.")).to_have_attribute("lang", "en-US")
    await expect(tab.gaps).to_have_count(1)


async def test_a_language_that_is_none_is_refused_with_what_to_do(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(BAD_REQUEST)
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    await tab.page.locator("#language-menu summary").click()
    await tab.page.get_by_label("Spoken from now on").fill("klingon")
    await tab.page.keyboard.press("Enter")
    problem = tab.page.locator("#action-problem")
    await expect(problem).to_contain_text("'klingon' is not a locale with a region.")
    await expect(problem.locator(".remedy")).to_contain_text("such as en-US")
    await expect(tab.state).to_have_text("Transcribing")


async def test_what_was_stopped_goes_on_in_the_same_transcript(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Before the pause.")
    await expect(tab.words("Before the pause.")).to_be_visible()
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await tab.page.get_by_role("button", name="Start again").click()
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(BEN, "After the pause.")
    await expect(tab.words("After the pause.")).to_be_visible()
    await expect(tab.words("Before the pause.")).to_be_visible()
    await expect(tab.gaps).to_have_count(1)


async def test_a_slow_double_click_on_stop_does_not_start_again(tab: Tab, phone: Phone) -> None:
    await tab.page.clock.install()
    await tab.page.reload()
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    stop, again = (tab.page.get_by_role("button", name=name) for name in ("Stop", "Start again"))
    place = await stop.bounding_box()
    assert place is not None
    middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    starts: list[str] = []
    tab.page.on("request", lambda one: starts.append(one.url) if one.url.endswith("/start") else None)
    await tab.page.clock.pause_at(
        await tab.page.evaluate("Date.now()") / 1000 + 10
    )  # not in the past by then
    await tab.page.mouse.click(*middle)
    await expect(again).to_be_visible()
    await tab.page.mouse.click(*middle)
    await expect(again).to_be_disabled()
    await tab.page.clock.resume()
    await expect(again).to_be_enabled()
    assert starts == []
    await tab.page.mouse.click(*middle)
    await expect(tab.state).to_have_text("Transcribing")
    assert len(starts) == 1


async def test_by_keyboard_what_was_stopped_goes_on(tab: Tab, phone: Phone) -> None:
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    await tab.page.get_by_role("button", name="Stop").focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#session-name")).to_be_focused()
    again = tab.page.get_by_role("button", name="Start again")
    await expect(again).to_be_enabled()
    await tab.page.keyboard.press("Tab")
    await expect(again).to_be_focused()
    await tab.page.keyboard.press("Space")
    await expect(tab.state).to_have_text("Transcribing")
    await expect(tab.page.locator("#session-name")).to_be_focused()


async def test_a_call_that_is_over_cannot_go_on_and_that_is_said(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(r"status of 409")
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.steer("hangup")
    await expect(tab.state).to_have_text(re.compile("^Stopped"))
    await tab.page.get_by_role("button", name="Start again").click()
    problem = tab.page.locator("#action-problem")
    await expect(problem).to_contain_text("Its call is over.")
    await expect(problem.locator(".remedy")).to_contain_text("Start a new session")


async def test_erasing_asks_first_and_then_leaves_nothing(open_tab: OpenTab, phone: Phone) -> None:
    first = await open_tab()
    first.expect_complaint(UNAUTHORIZED_OR_GONE)
    call = await phone.call(small_talk(2), speed=4)
    session_id = await first.start(call)
    await first.shows(call, 2)
    second = await open_tab(f"#/sessions/{session_id}")
    second.expect_complaint(UNAUTHORIZED_OR_GONE)
    await second.shows(call, 2)
    await first.page.get_by_role("button", name="Erase…").click()
    await first.page.get_by_role("button", name="Keep it").click()
    await expect(first.page.get_by_role("dialog")).to_be_hidden()
    await first.page.get_by_role("button", name="Erase…").click()
    await first.page.get_by_role("button", name="Erase", exact=True).click()
    await expect(first.page.get_by_role("heading", name="Every word of a call")).to_be_visible()
    await expect(first.page.locator(f"#sessions a[href='#/sessions/{session_id}']")).to_have_count(0)
    await expect(second.page.locator("#session-problem")).to_contain_text("erased")
    await first.open(f"#/sessions/{session_id}")
    await first.page.reload()
    await expect(first.page.get_by_role("heading", name="This session cannot be shown")).to_be_visible()
    assert await first.finals.count() == 0


async def test_the_journal_tells_what_happened_newest_first_and_goes_on(tab: Tab, phone: Phone) -> None:
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    await tab.page.get_by_role("button", name="Journal").click()
    entries = tab.page.locator("#journal-list li")
    await expect(entries.last).to_contain_text("Somebody asked to transcribe this call")
    await tab.stop()
    await expect(tab.page.locator("#journal-list")).to_contain_text("Somebody asked to stop")
    await expect(entries.first).to_contain_text("Stopped")
    few = await entries.count()
    await tab.page.get_by_label("Every step").check()
    assert await entries.count() > few
    assert await tab.page.locator("#journal-list .what").filter(has_text=re.compile("^[a-z-]+$")).count() == 0


async def test_a_phone_is_rung_once_however_often_the_answer_is_lost(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint("ERR_FAILED|ERR_CONNECTION")
    keys: list[str] = []
    sessions: list[str] = []
    tab.page.on("request", lambda one: keys.append(one.headers.get("idempotency-key", "")))

    async def lose(route: Route) -> None:
        sessions.append((await (await route.fetch()).json())["id"])
        await route.abort()

    await tab.page.get_by_role("radio", name="Phone").check()
    await expect(tab.call_id).to_be_hidden()
    await tab.page.get_by_label("Ring this number").fill("+1 (555) 123-0000")
    await tab.page.get_by_label("Show this number to them").fill("+1 555 987 0000")
    await tab.page.route("**/api/sessions", lose, times=1)
    await tab.page.get_by_role("button", name="Start", exact=True).click()
    await expect(tab.page.locator("#start-problem")).to_contain_text("cannot be reached")
    await tab.page.get_by_role("button", name="Start", exact=True).click()
    await expect(tab.page.locator("#session-name")).to_have_text("Call to +15551230000")
    assert tab.page.url.endswith(sessions[0])
    started = [key for key in keys if key]
    assert len(started) == 2
    assert len(set(started)) == 1


async def test_a_phone_without_a_caller_is_a_problem_at_its_field(tab: Tab) -> None:
    tab.expect_complaint(BAD_REQUEST)
    await tab.page.get_by_role("radio", name="Phone").check()
    await tab.page.get_by_label("Ring this number").fill("+15551230000")
    await tab.page.get_by_role("button", name="Start", exact=True).click()
    caller = tab.page.get_by_label("Show this number to them")
    await expect(caller).to_have_attribute("aria-invalid", "true")
    await expect(caller).to_be_focused()


async def test_a_journal_of_many_pages_is_read_to_its_end(tab: Tab, phone: Phone) -> None:
    async def in_small_pages(route: Route) -> None:
        url = route.request.url
        await route.continue_(url=f"{url}{'&' if '?' in url else '?'}limit=2")

    await tab.page.route(re.compile(r"/events(\?|$)"), in_small_pages)
    call = await phone.call(small_talk(2), speed=4)
    await tab.start(call)
    await tab.shows(call, 2)
    await tab.page.get_by_role("button", name="Journal").click()
    journal = tab.page.locator("#journal-list")
    await expect(journal).to_contain_text("The first words came")
    await expect(journal.locator("li").last).to_contain_text("Somebody asked to transcribe this call")
    await tab.page.get_by_role("button", name="People").click()
    await rename(tab.page, "Rename Ann", "Dr. Ann Ferry")
    await rename(tab.page, "Rename Dr. Ann Ferry", "")
    await expect(tab.finals.nth(0).locator(".name")).to_have_text("Ann")


async def test_nothing_of_a_session_that_was_erased_elsewhere_stays_on_the_screen(
    tab: Tab, phone: Phone
) -> None:
    tab.expect_complaint(UNAUTHORIZED_OR_GONE)
    call = await phone.call(small_talk(3), speed=4)
    session_id = await tab.start(call)
    await tab.shows(call, 3)
    await tab.page.get_by_role("button", name="People").click()
    await tab.finals.first.focus()
    async with phone.client.delete(f"{phone.stack.plan.functions_url}/api/sessions/{session_id}") as answer:
        assert answer.status == 202
    await expect(tab.page.locator("#session-problem")).to_contain_text("It was erased")
    await expect(tab.page.get_by_role("article").get_by_text("tea")).to_have_count(0)
    await expect(tab.page.locator("#people")).to_be_hidden()
    await expect(tab.page.get_by_role("button", name="Stop")).to_be_hidden()
    await expect(tab.state).to_have_text("")
    await expect(tab.page).to_have_title("Verbatim")
    await expect(tab.page.locator("#session-name")).to_be_focused()
    assert await violations(tab.page) == []


async def test_the_size_of_the_text_is_remembered(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(1), speed=4)
    await tab.start(call)
    await tab.shows(call, 1)
    size = "Number.parseFloat(getComputedStyle(document.querySelector('#lines .words')).fontSize)"
    before = await tab.page.evaluate(size)
    for _ in range(3):
        await tab.page.get_by_role("button", name="Larger text").click()
    larger = await tab.page.evaluate(size)
    assert larger > before * 1.4
    await tab.page.reload()
    await expect(tab.finals).to_have_count(1)
    assert await tab.page.evaluate(size) == larger


async def test_the_whole_transcript_is_printed(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(60), speed=30)
    await tab.start(call)

    async def has_all() -> bool:
        return await tab.count() == 60

    await eventually(has_all, 30)
    await tab.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    await expect(tab.finals).to_have_count(60)
    await tab.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert await tab.finals.count() < 60
