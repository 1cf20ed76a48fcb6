import asyncio
import re

from playwright.async_api import Route, WebSocketRoute, expect

from tests.browser.conftest import OpenTab
from tests.browser.simulated_call import ANN, BEN, Call, Phone, line, small_talk
from tests.browser.tab import Tab, eventually, note, noted
from tests.waiting import until


async def test_a_call_started_from_the_page_shows_every_final_once_and_in_order(
    tab: Tab, phone: Phone
) -> None:
    call = await phone.call(small_talk(12), speed=4)
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await tab.shows(call, 12)


async def test_words_appear_while_they_are_said_and_give_way_to_their_final(tab: Tab, phone: Phone) -> None:
    sentence = "Could we move the boat before the tide turns this evening?"
    call = await phone.call([line(300, ANN, sentence, duration=3000)])
    await note(tab.page, "#interims")
    await tab.start(call)
    await expect(tab.words(sentence)).to_have_count(1)
    await expect(tab.interims).to_have_count(0)
    before_it = [words for words, finals in await noted(tab.page, "#interims") if finals == 0]
    assert any("could we move" in words for words in before_it)


async def test_a_late_final_takes_its_place_and_leaves_the_words_that_followed(
    tab: Tab, phone: Phone
) -> None:
    script = [line(0, ANN, "First.", delay=6000), line(1000, BEN, "Second."), line(2000, BEN, "Third.")]
    call = await phone.call(script)
    await tab.start(call)
    await expect(tab.words("Third.")).to_be_visible()
    assert await tab.words("First.").count() == 0
    await tab.shows(call, 3)
    assert [text for _, text in await tab.said()] == ["First.", "Second.", "Third."]


async def test_a_reload_in_the_middle_comes_back_to_the_session_with_every_final_once(
    tab: Tab, phone: Phone
) -> None:
    call = await phone.call(small_talk(12), speed=2)
    await tab.start(call)
    await expect(tab.finals.nth(3)).to_be_visible()
    await tab.page.reload()
    await tab.shows(call, 12)


async def test_captions_whose_connection_breaks_come_again_without_a_gap(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(14), speed=3)
    await tab.start(call)
    await expect(tab.finals.nth(2)).to_be_visible()
    await tab.is_live()
    assert await phone.drop_viewers()
    await tab.shows(call, 14)
    assert await tab.gaps.count() == 0


async def has_been_heard(call: Call, count: int) -> bool:
    return len(await call.spoken()) == count


async def test_captions_that_were_never_delivered_are_fetched(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    session_id = await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await tab.is_live()
    await call.speak(ANN, "This one arrives.")
    await expect(tab.words("This one arrives.")).to_be_visible()
    async with phone.losing_captions():
        await call.speak(BEN, "This one is lost on its way.")
        await eventually(lambda: has_been_heard(call, 2))
        await eventually(lambda: phone.is_dealt_with(session_id))
    assert await tab.words("This one is lost on its way.").count() == 0
    await call.speak(ANN, "This one shows that one is missing.")
    await tab.shows(call, 3)


async def test_words_come_even_where_no_captions_connection_can_be_made(tab: Tab, phone: Phone) -> None:
    await tab.page.route_web_socket("**/client/hubs/**", lambda socket: socket.close())
    call = await phone.call()
    await tab.start(call)
    await expect(tab.page.get_by_text("Reconnecting…")).to_be_visible()
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Heard all the same.")
    await tab.shows(call, 1)


async def test_words_said_while_captions_were_away_are_there_when_captions_are_back(
    tab: Tab, phone: Phone
) -> None:
    refused: list[str] = []
    is_open = [True]

    async def pass_on(socket: WebSocketRoute) -> None:
        if is_open[0]:
            socket.connect_to_server()
            return
        refused.append(socket.url)
        await socket.close()

    await tab.page.route_web_socket("**/client/hubs/**", pass_on)
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await tab.is_live()
    is_open[0] = False
    assert await phone.drop_viewers()
    await until(lambda: len(refused) >= 4)  # then the page waits for seconds before it tries again
    await call.speak(ANN, "Said to nobody.")
    await eventually(lambda: has_been_heard(call, 1))
    is_open[0] = True
    await tab.page.evaluate("window.dispatchEvent(new Event('online'))")
    await tab.shows(call, 1)


async def was_interrupted(tab: Tab) -> bool:
    states = [state for state, _ in await noted(tab.page, "#session-state")]
    return "Interrupted, reconnecting" in states


async def test_a_broken_transcript_socket_is_a_gap_in_words(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Before the gap.")
    await expect(tab.words("Before the gap.")).to_be_visible()
    await note(tab.page, "#session-state")
    await call.steer("drop-socket", {"reopen": 1200})
    await eventually(lambda: was_interrupted(tab))
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(BEN, "After the gap.")
    await expect(tab.gaps).to_have_text(re.compile(r"^Nothing could be heard for \d+ s$"))
    await expect(tab.words("After the gap.")).to_be_visible()
    kinds = "items => items.map(item => item.className)"
    assert await tab.page.locator("#lines > article").evaluate_all(kinds) == ["line", "gap", "line"]


async def test_two_calls_at_once_never_see_each_others_words(open_tab: OpenTab, phone: Phone) -> None:
    first, second = await open_tab(), await open_tab()
    tea = await phone.call(small_talk(8, "tea"), speed=3)
    ships = await phone.call(small_talk(8, "ships"), speed=3)
    await asyncio.gather(first.start(tea), second.start(ships))
    await asyncio.gather(first.shows(tea, 8), second.shows(ships, 8))
    assert all("tea" in text for _, text in await first.said())
    assert all("ships" in text for _, text in await second.said())


async def test_a_long_transcript_is_read_page_by_page(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(5), speed=5)
    await tab.start(call)
    await tab.shows(call, 5)
    asked: list[str] = []

    async def shorten(route: Route) -> None:
        asked.append(route.request.url)
        await route.continue_(url=f"{route.request.url}&limit=2")

    await tab.page.route("**/api/captions/*/transcript?*", shorten)
    await tab.page.reload()
    await tab.shows(call, 5)
    assert sum("cursor=" in url for url in asked) >= 2


async def test_a_second_viewer_who_comes_later_sees_all_of_it(open_tab: OpenTab, phone: Phone) -> None:
    first = await open_tab()
    call = await phone.call(small_talk(8), speed=3)
    session_id = await first.start(call)
    await expect(first.finals.nth(3)).to_be_visible()
    second = await open_tab(f"#/sessions/{session_id}")
    await asyncio.gather(first.shows(call, 8), second.shows(call, 8))


async def test_markup_that_is_spoken_is_text(tab: Tab, phone: Phone) -> None:
    spoken = "<script>window.caught = 1</script> and <img src=x onerror='window.caught = 2'> & so on"
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, spoken, duration=1500)
    await expect(tab.words(spoken)).to_be_visible()
    assert await tab.page.locator("#session :is(script, img)").count() == 0
    assert await tab.page.evaluate("window.caught") is None


async def test_words_of_right_to_left_scripts_run_that_way(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "صباح الخير جميعا")
    await call.speak(BEN, "Good morning, all.")
    await expect(tab.words("صباح الخير جميعا")).to_have_css("direction", "rtl")
    await expect(tab.words("Good morning, all.")).to_have_css("direction", "ltr")


NEW_WORDS = re.compile(r"^(Ben|Speaker 2): New words\.$")
"""His name comes by Event Grid, perhaps a moment later."""


async def test_those_who_listen_to_the_page_hear_new_finals_and_no_old_ones(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Old words.")
    await expect(tab.words("Old words.")).to_be_visible()
    await tab.page.reload()
    await expect(tab.words("Old words.")).to_be_visible()
    await call.speak(BEN, "New words.")
    await expect(tab.page.locator("[aria-live=polite]")).to_have_text(NEW_WORDS)


async def test_the_page_stays_at_the_end_until_the_reader_scrolls_away(tab: Tab, phone: Phone) -> None:
    call = await phone.call(small_talk(40), speed=12)
    await tab.start(call)
    await tab.shows(call, 40)
    await expect(tab.finals.last).to_be_in_viewport()
    await tab.page.mouse.move(800, 400)
    await tab.page.mouse.wheel(0, -900)
    jump = tab.page.get_by_role("button", name="Jump to live")
    await expect(jump).to_be_visible()
    await call.speak(ANN, "This comes while nobody looks.")
    await expect(tab.words("This comes while nobody looks.")).to_have_count(1)
    await expect(tab.words("This comes while nobody looks.")).not_to_be_in_viewport()
    await jump.click()
    await expect(tab.words("This comes while nobody looks.")).to_be_in_viewport()
    await expect(jump).to_be_hidden()


async def test_after_a_new_start_the_newest_words_are_followed_again_or_offered(
    tab: Tab, phone: Phone
) -> None:
    call = await phone.call(small_talk(40), speed=12)
    await tab.start(call)
    await tab.shows(call, 40)
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    again = tab.page.get_by_role("button", name="Start again")
    await expect(again).to_be_enabled()  # Playwright scrolls about while it waits for a button to be enabled
    await again.click()
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(BEN, "This is said to who stayed.")
    await expect(tab.words("This is said to who stayed.")).to_be_in_viewport()
    await tab.page.mouse.move(800, 400)
    await tab.page.mouse.wheel(0, -900)
    await expect(tab.jump).to_be_visible()
    await call.speak(BEN, "This is said to who scrolled away.")
    await expect(tab.jump).to_have_text(re.compile(r"· \d new$"))  # the gap of the pause may come as late
