"""What is read stays in its place, whatever happens around it; looked at without a cloud, so that it is exact."""

from tests.browser.tab import Tab

OPEN = """async (count) => {
    const { createTranscriptView } = await import("/app/transcript_view.js");
    const part = (id) => document.getElementById(id);
    for (const id of ["session", "tools"]) part(id).hidden = false;
    part("welcome").hidden = true;
    const view = createTranscriptView({lines: part("lines"), interims: part("interims"), announcer: part("announcer"),
        jump: part("jump"), line: part("line"), gap: part("gap")}, new AbortController().signal);
    const line = (place, text) => ({segmentId: String(place).padStart(10, "0") + "-" + "a".repeat(16), stream: "s",
        seq: place, final: true, live: true, speaker: {id: "person " + place % 3}, text, offsetMs: place, durationMs: 1});
    window.lines = Array.from({length: count}, (_, at) => line(at * 10, `Line ${at}. ` + "Words. ".repeat(at % 50)));
    window.late = (place, text) => {
        window.lines = [...window.lines, line(place, text)].sort((one, other) => one.offsetMs - other.offsetMs);
        view.setLines(window.lines);
    };
    window.view = view;
    view.setLines(window.lines);
}"""
PLACES = """() => Object.fromEntries([...document.querySelectorAll("#lines article")]
    .map((item) => [item.querySelector(".words").textContent, item.querySelector(".words").getBoundingClientRect().top]))"""

type Places = dict[str, float]


async def in_the_middle(tab: Tab, count: int = 1000) -> None:
    await tab.page.evaluate(OPEN, count)
    await tab.scroll_to(1 / 2)


async def on_screen(tab: Tab) -> Places:
    """The lines that are seen, and where (px from the top)."""
    places: Places = await tab.page.evaluate(PLACES)
    return {words: top for words, top in places.items() if 150 < top < 700}


async def moved(tab: Tab, before: Places) -> float:
    """How far what was seen has moved (px)."""
    now: Places = await tab.page.evaluate(PLACES)
    return max(abs(now[words] - top) for words, top in before.items())


async def test_late_finals_above_move_nothing(tab: Tab) -> None:
    await in_the_middle(tab)
    before = await on_screen(tab)
    for place in (5, 2005, 4005):
        await tab.page.evaluate(
            "place => late(place, `This came late, for ${place}. `.repeat(place / 100))", place
        )
    assert await tab.count() == 1003
    assert await moved(tab, before) < 2


async def test_late_finals_right_above_the_screen_move_nothing(tab: Tab) -> None:
    await in_the_middle(tab)
    before = await on_screen(tab)
    first = int(next(iter(before)).split(".")[0].removeprefix("Line "))
    await tab.page.evaluate("place => late(place, 'Right above. '.repeat(60))", first * 10 - 35)
    assert await moved(tab, before) < 2


async def test_new_finals_below_move_nothing(tab: Tab) -> None:
    await in_the_middle(tab)
    before = await on_screen(tab)
    await tab.page.evaluate("late(20000, 'The newest.')")
    assert await moved(tab, before) < 2


async def test_a_notice_that_comes_up_moves_nothing(tab: Tab) -> None:
    await in_the_middle(tab)
    before = await on_screen(tab)
    await tab.page.evaluate(
        "{const one = document.getElementById('session-problem'); one.hidden = false; one.style.height = '200px';}"
    )
    await tab.page.evaluate("late(20000, 'The newest.')")
    assert await moved(tab, before) < 2


async def test_scrolling_up_through_what_was_never_seen_goes_on_smoothly(tab: Tab) -> None:
    """Each step of the wheel moves what is seen by that step, though heights above were only guessed."""
    await in_the_middle(tab)
    await tab.page.mouse.move(800, 500)
    for _ in range(25):
        before = await on_screen(tab)
        top = await tab.page.evaluate("window.scrollY")
        await tab.page.mouse.wheel(0, -200)
        await tab.page.wait_for_function("top => window.scrollY !== top", arg=top)
        await tab.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert abs(await moved(tab, before) - 200) < 2
