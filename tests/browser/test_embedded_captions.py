import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, WebSocketRoute

from local.ports import free_ports
from local.stack import running_stack
from tests.browser.embedder import Access, Doctor, Embedder, Viewer, open_viewer, serving
from tests.browser.simulated_call import ANN, BEN, Call, Phone, line, small_talk
from tests.browser.tab import eventually
from tests.waiting import until

type OpenViewer = Callable[[], Awaitable[Viewer]]


@pytest.fixture(scope="module")
async def embedder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedder]:
    """A site whose origin the service lets in, and which has the service's key."""
    (port,) = free_ports(1)
    origin = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("embedder")
    settings = {"CAPTIONS_ACCESS_MINUTES": "1"}
    async with (
        running_stack(keys=True, cors=[origin], run_dir=folder, settings=settings) as stack,
        aiohttp.ClientSession() as client,
    ):
        site = Embedder(stack, client, origin)
        async with serving(site, port):
            yield site


@pytest.fixture
def guarded_phone(embedder: Embedder) -> Phone:
    return Phone(embedder.stack, embedder.client)


@pytest.fixture
async def viewers(browser: Browser, embedder: Embedder) -> AsyncIterator[OpenViewer]:
    """Opens tabs on the embedder's page."""
    async with AsyncExitStack() as tabs:
        yield lambda: tabs.enter_async_context(open_viewer(browser, embedder.origin))


async def test_who_joins_late_gets_every_final_once_and_in_order(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(14), speed=3)
    session_id = await embedder.start(call)
    early = await viewers()
    await early.watch(session_id)
    await early.has_told(session_id, lambda told: len(told["finals"]) >= 5)
    late = await viewers()
    await late.watch(session_id)
    await early.hears(session_id, call, 14)
    await late.hears(session_id, call, 14)
    told = await late.told(session_id)
    assert told["earlier"] >= 4
    assert told["connections"] == ["connecting", "live"]
    assert told["problems"] == []
    assert late.complaints == early.complaints == []


async def test_a_reload_in_the_middle_loses_and_doubles_nothing(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(12), speed=2)
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: len(told["finals"]) >= 4)
    await viewer.reload()
    await viewer.watch(session_id)
    await viewer.hears(session_id, call, 12)


async def test_a_short_break_is_recovered_without_reading_the_transcript_again(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await call.speak(ANN, "Before the break.")
    await viewer.hears(session_id, call, 1)
    await viewer.quiet()
    before = viewer.reads()
    viewer.network.cut()
    await call.speak(BEN, "While nobody was connected, or just before.")
    await viewer.hears(session_id, call, 2)
    await viewer.has_told(session_id, lambda told: told["connections"][-2:] == ["reconnecting", "live"])
    await call.speak(ANN, "After the break.")
    await viewer.hears(session_id, call, 3)
    assert viewer.reads() == before
    assert (await viewer.told(session_id))["asked"] == 1


async def test_a_break_that_is_seen_by_nobody_is_found_and_mended(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(30), speed=2)
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: len(told["finals"]) >= 3)
    viewer.network.fall_silent()
    await viewer.page.evaluate("window.dispatchEvent(new Event('online'))")
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "reconnecting")
    viewer.network.come_back()
    await viewer.hears(session_id, call, 30)


async def test_after_a_minute_without_network_and_with_access_that_is_over_nothing_is_missing(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    """Real time: Web PubSub keeps a broken connection for 30 s, and access lasts a minute here."""
    script = [
        line(0, ANN, "The first."),
        line(1000, ANN, "Said while they were there, and final while they were not.", delay=40_000),
        line(2000, BEN, "The second."),
        *(line(10_000 + 5000 * n, (ANN, BEN)[n % 2], f"Unheard, number {n}.") for n in range(10)),
        line(62_000, BEN, "The last of them, whose final is late.", delay=8000),
    ]
    call = await guarded_phone.call(script)
    viewer = await viewers()
    session_id = await embedder.start(call)
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: len(told["finals"]) >= 2)
    gone_at = monotonic()
    viewer.network.fall_silent()
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "reconnecting", 60)
    await eventually(lambda: has_passed(gone_at + 61), 70)
    viewer.network.come_back()
    await viewer.hears(session_id, call, 14)
    told = await viewer.told(session_id)
    assert told["asked"] >= 2
    assert told["connections"][-1] == "live"
    assert told["gaps"] == 0


async def has_passed(moment: float) -> bool:
    return monotonic() > moment


def with_refused_token(asked: int, access: Access) -> Access:
    return access if asked else {**access, "readToken": "1.0"}


def with_refused_url(asked: int, access: Access) -> Access:
    return access if asked else {**access, "url": access["url"] + "x"}


@pytest.mark.parametrize("doctor", [with_refused_token, with_refused_url])
async def test_access_that_is_refused_is_asked_for_anew(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer, doctor: Doctor
) -> None:
    call = await guarded_phone.call(small_talk(6), speed=3)
    session_id = await embedder.start(call)
    viewer = await viewers()
    with embedder.doctoring(doctor):
        await viewer.watch(session_id)
        await viewer.hears(session_id, call, 6)
        await viewer.has_told(session_id, lambda told: told["connections"][-1] == "live")
    told = await viewer.told(session_id)
    assert told["asked"] == 2
    assert told["problems"] == []


async def test_the_same_access_again_and_again_is_no_proof_that_the_session_is_gone(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    with embedder.doctoring(lambda _asked, access: {**access, "readToken": "1.0"}):
        await viewer.watch(session_id)
        await viewer.has_told(session_id, lambda told: told["problems"])
    await viewer.has_told(session_id, lambda told: told["connections"][-1:] == ["live"])
    problems = (await viewer.told(session_id))["problems"]
    assert problems[0]["code"] == "access-stale"
    assert problems[-1] is None


@pytest.mark.parametrize("years", [-3, 3])
async def test_a_viewer_whose_clock_is_wrong_asks_for_access_once(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer, years: int
) -> None:
    call = await guarded_phone.call(small_talk(8), speed=4)
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=365 * years))
    await viewer.watch(session_id)
    await viewer.hears(session_id, call, 8)
    assert (await viewer.told(session_id))["asked"] == 1


async def test_who_comes_to_a_session_that_was_erased_is_told_so_and_is_left_alone(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await call.speak(ANN, "Forget this.")
    await viewer.hears(session_id, call, 1)
    assert (await embedder.ask("DELETE", f"/api/sessions/{session_id}")).status == 202
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "ended")
    told = await viewer.told(session_id)
    assert (told["problems"][-1]["code"], told["problems"][-1]["status"]) == ("session-gone", 404)
    assert "erased" in told["problems"][-1]["remedy"]
    assert await viewer.page.evaluate(TOLD_IN_A_WHILE, session_id) == told


TOLD_IN_A_WHILE = "name => new Promise(resolve => setTimeout(() => resolve(told(name)), 1500))"


async def test_two_sessions_in_one_page_do_not_mix(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    viewer = await viewers()
    tea = await guarded_phone.call(small_talk(6, "tea"), speed=3)
    ships = await guarded_phone.call(small_talk(6, "ships"), speed=3)
    of_tea, of_ships = await asyncio.gather(embedder.start(tea), embedder.start(ships))
    await asyncio.gather(viewer.watch(of_tea), viewer.watch(of_ships), viewer.watch(of_tea, name="again"))
    await asyncio.gather(
        viewer.hears(of_tea, tea, 6), viewer.hears(of_ships, ships, 6), viewer.hears("again", tea, 6)
    )
    assert all("tea" in text for _, text in await viewer.said(of_tea))
    assert all("ships" in text for _, text in await viewer.said(of_ships))


async def test_changes_of_the_session_reach_viewers(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await call.speak(ANN, "Good morning.")
    await viewer.hears(session_id, call, 1)
    await embedder.ask("PUT", f"/api/sessions/{session_id}/speakers", {ANN: "Ann the First"})
    await viewer.has_told(
        session_id, lambda told: told["sessions"][-1]["speakers"].get(ANN) == "Ann the First"
    )
    assert await viewer.page.evaluate(NAME_OF, [session_id, ANN]) == "Ann the First"
    await call.steer("drop-socket", {"reopen": 1000})
    await viewer.has_told(session_id, lambda told: "interrupted" in states(told))
    await viewer.has_told(session_id, lambda told: told["sessions"][-1]["state"] == "active")
    await call.speak(BEN, "After the gap.")
    await viewer.hears(session_id, call, 2)
    await viewer.has_told(session_id, lambda told: told["gaps"] == 1)
    await embedder.ask("PATCH", f"/api/sessions/{session_id}", {"locale": "de-DE"})
    await viewer.has_told(session_id, lambda told: told["sessions"][-1]["locale"] == "de-DE")
    await embedder.ask("POST", f"/api/sessions/{session_id}/stop")
    await viewer.has_told(session_id, lambda told: told["sessions"][-1]["state"] == "stopped")


def states(told: dict[str, Any]) -> list[str]:
    return [session["state"] for session in told["sessions"]]


NAME_OF = "([name, speaker]) => viewers[name].captions.nameOf(speaker)"


async def test_nothing_is_told_after_close(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(12), speed=3)
    session_id = await embedder.start(call)
    viewer, other = await viewers(), await viewers()
    await viewer.watch(session_id)
    await other.watch(session_id)
    await viewer.has_told(session_id, lambda told: len(told["finals"]) >= 3)
    told = await viewer.page.evaluate("name => (viewers[name].captions.close(), told(name))", session_id)
    await other.hears(session_id, call, 12)
    assert await viewer.told(session_id) == told


async def test_a_base_url_may_end_in_a_slash_and_have_a_path(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(3), speed=3)
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id, name="slash", baseUrl=f"{embedder.stack.plan.functions_url}//")
    await viewer.hears("slash", call, 3)
    await viewer.watch(session_id, name="path", baseUrl=f"{embedder.origin}/verbatim/")
    await viewer.hears("path", call, 3)


async def test_a_page_of_an_origin_that_was_not_let_in_reads_nothing(
    embedder: Embedder, guarded_phone: Phone, browser: Browser
) -> None:
    call = await guarded_phone.call(small_talk(3), speed=3)
    session_id = await embedder.start(call)
    (port,) = free_ports(1)
    stranger = f"http://127.0.0.1:{port}"
    async with serving(embedder, port), open_viewer(browser, stranger) as viewer:
        await viewer.watch(session_id)
        await viewer.has_told(session_id, lambda told: told["problems"])
        assert (await viewer.told(session_id))["problems"][0]["code"] == "unreachable"
        assert await viewer.said(session_id) == []
        await until(lambda: [told for told in viewer.complaints if "CORS" in told and stranger in told])


async def test_what_a_page_throws_back_is_reported_and_harms_nobody(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(6), speed=5)
    session_id = await embedder.start(call)
    await eventually(lambda: have_been_heard(call, 6))
    viewer = await viewers()
    await viewer.page.evaluate("window.clumsy = true")
    await viewer.watch(session_id)
    await viewer.hears(session_id, call, 6)
    await until(lambda: len(viewer.complaints) >= 6)
    assert viewer.complaints == ["uncaught: Clumsy."] * 6
    assert (await viewer.told(session_id))["problems"] == []


async def have_been_heard(call: Call, count: int) -> bool:
    return len(await call.spoken()) == count


async def test_a_page_that_closes_while_it_is_being_told_is_told_no_more(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(6), speed=5)
    session_id = await embedder.start(call)
    await eventually(lambda: have_been_heard(call, 6))
    viewer = await viewers()
    await viewer.page.evaluate("window.closeAfter = 2")
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: told["finals"])
    assert len((await viewer.told(session_id))["finals"]) == 2
    assert len(await viewer.said(session_id)) == 6


ODD_FRAMES = (
    "no JSON",
    "null",
    "[]",
    '{"type": "message", "from": "group"}',
    '{"type": "message", "from": "group", "data": null}',
    '{"type": "message", "from": "group", "data": {"type": "poll", "question": "?"}}',
    '{"type": "message", "from": "group", "data": {"type": "caption", "final": true}}',
    '{"type": "message", "from": "group", "data": {"type": "caption", "final": true, "stream": "s", "seq": 1, "speaker": {"id": "x"}, "text": "without an id", "offsetMs": 1}}',
    '{"type": "message", "from": "group", "data": {"type": "session", "revision": "newest"}}',
    '{"type": "message", "from": "group", "data": {"type": "session", "id": "another", "revision": 999, "state": "failed"}}',
    '{"type": "system", "event": "tea-time"}',
)


async def test_messages_that_are_not_understood_are_skipped(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    async def meddle(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            for odd in ODD_FRAMES:
                socket.send(odd)
            socket.send(message)

        server.on_message(pass_on)

    call = await guarded_phone.call(small_talk(6), speed=3)
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.page.route_web_socket("**/client/hubs/**", meddle)
    await viewer.watch(session_id)
    await viewer.hears(session_id, call, 6)
    told = await viewer.told(session_id)
    assert told["connections"] == ["connecting", "live"]
    assert all(session["state"] == "active" for session in told["sessions"])
    assert viewer.complaints == []


async def test_words_of_a_time_without_captions_are_read_once_a_new_connection_stands(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    refused: list[str] = []
    is_open = [True]

    async def pass_on(socket: WebSocketRoute) -> None:
        """Captions that cannot be recovered, or none."""
        if not is_open[0]:
            refused.append(socket.url)
            await socket.close()
            return
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(str(message).replace("reconnectionToken", "kept")))

    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.page.route_web_socket("**/client/hubs/**", pass_on)
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: told["connections"] == ["connecting", "live"])
    is_open[0] = False
    viewer.network.cut()
    await guarded_phone.drop_viewers()
    await until(lambda: len(refused) >= 4)  # then the client waits for seconds before it tries again
    await viewer.quiet()
    await call.speak(ANN, "Said to nobody.")
    await eventually(lambda: have_been_heard(call, 1))
    assert await viewer.said(session_id) == []
    is_open[0] = True
    await viewer.page.evaluate("window.dispatchEvent(new Event('online'))")
    await viewer.hears(session_id, call, 1)


async def test_a_laptop_that_slept_for_an_hour_catches_up_at_once(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    """Timers may stand still meanwhile, but the time of day does not; a silent socket is not asked for 20 s."""
    call = await guarded_phone.call()
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.watch(session_id)
    await viewer.has_told(session_id, lambda told: told["connections"] == ["connecting", "live"])
    await viewer.quiet()
    viewer.network.fall_silent()
    await call.speak(ANN, "Said to a closed lid.")
    await eventually(lambda: have_been_heard(call, 1))
    await viewer.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=1))
    viewer.network.come_back_elsewhere()
    await viewer.has_told(session_id, lambda told: "reconnecting" in told["connections"], seconds=18)
    await viewer.hears(session_id, call, 1, seconds=18)
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "live")


LOOK = """state => {
    Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def with_a_stopped_session(embedder: Embedder, call: Call, viewers: OpenViewer) -> tuple[Viewer, str]:
    """A viewer, whose clock can be moved, of a session in which something was said before it was stopped."""
    session_id = await embedder.start(call)
    viewer = await viewers()
    await viewer.page.clock.install()
    await viewer.reload()
    await viewer.watch(session_id)
    await call.speak(ANN, "Before the break.")
    await viewer.hears(session_id, call, 1)
    await embedder.ask("POST", f"/api/sessions/{session_id}/stop")
    await viewer.has_told(session_id, lambda told: told["sessions"][-1]["state"] == "stopped")
    return viewer, session_id


async def hears_what_comes_after(embedder: Embedder, call: Call, viewer: Viewer, session_id: str) -> None:
    await viewer.has_told(session_id, lambda told: told["sessions"][-1]["state"] == "active")
    await call.speak(BEN, "After the break.")
    await viewer.hears(session_id, call, 2)
    assert (await viewer.told(session_id))["connections"][-1] == "live"


async def start_again(embedder: Embedder, session_id: str) -> None:
    await embedder.ask("POST", f"/api/sessions/{session_id}/start")
    await eventually(lambda: embedder.is_(session_id, "active"))


async def test_who_looks_at_an_ended_session_hears_it_go_on_and_nothing_is_asked_meanwhile(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    viewer, session_id = await with_a_stopped_session(embedder, call, viewers)
    await viewer.quiet()
    before = len(viewer.network.carried)
    await viewer.page.clock.fast_forward(3_000_000)
    await viewer.quiet()
    assert len(viewer.network.carried) == before
    await start_again(embedder, session_id)
    await hears_what_comes_after(embedder, call, viewer, session_id)


async def test_a_hidden_page_gives_up_two_minutes_after_the_end_and_looks_when_somebody_comes_back(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call()
    viewer, session_id = await with_a_stopped_session(embedder, call, viewers)
    await viewer.page.evaluate(LOOK, "hidden")
    await viewer.page.clock.fast_forward(100_000)  # the page's time goes on meanwhile
    assert (await viewer.told(session_id))["connections"][-1] == "live"
    await viewer.page.clock.fast_forward(30_000)
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "ended")
    await viewer.quiet()  # after one last read
    await start_again(embedder, session_id)
    await viewer.quiet()
    assert (await viewer.told(session_id))["sessions"][-1]["state"] == "stopped"
    await viewer.page.evaluate(LOOK, "visible")
    await hears_what_comes_after(embedder, call, viewer, session_id)


@pytest.mark.parametrize("sign", ["window.dispatchEvent(new Event('online'))", f"({LOOK})('visible')"])
async def test_an_hour_after_the_end_a_page_looks_once_for_each_sign_of_life(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer, sign: str
) -> None:
    call = await guarded_phone.call()
    viewer, session_id = await with_a_stopped_session(embedder, call, viewers)
    await viewer.page.clock.fast_forward(3_700_000)
    await viewer.has_told(session_id, lambda told: told["connections"][-1] == "ended")
    await viewer.quiet()
    read: list[str] = []
    viewer.page.on("request", lambda request: read.append(request.url))
    async with viewer.page.expect_response(lambda answer: "/transcript?" in answer.url):
        await viewer.page.evaluate(sign)
    await viewer.quiet()
    assert sum("/transcript?" in url for url in read) == 1
    await start_again(embedder, session_id)
    await viewer.page.evaluate(sign)
    await hears_what_comes_after(embedder, call, viewer, session_id)
