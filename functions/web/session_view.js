/** One session: what it is, how it does, what can be done with it, and its transcript. */

import { Problem } from "./api.js";
import { downloadJson, downloadWebVtt } from "./downloads.js";
import { createFollower } from "./follow_end.js";
import { followSession } from "./live_transcript.js";
import { createTranscriptView } from "./transcript_view.js";
import { callId, callInWords, durationInWords, emptyInWords, isOver, momentInWords, stateInWords } from "./wording.js";

const CONNECTIONS = {
  connecting: "Connecting to the captions…",
  live: "",
  reconnecting: "The captions connection broke. Reconnecting…",
  ended: "",
};

/**
 * @param {(id: string) => any} part an element of the page by its id @param {import("./api.js").Call} api
 * @param {(session: any) => void} onSession each change of the one that is shown
 */
export function createSessionView(part, api, onSession) {
  const follower = createFollower(part("jump"));
  /** @type {any} */
  let session = null;
  /** @type {ReturnType<typeof followSession> | null} */
  let followed = null;
  /** @type {ReturnType<typeof createTranscriptView> | null} */
  let transcriptView = null;
  let watching = new AbortController();
  let sessionId = "";
  part("stop").addEventListener("click", () => act(part("stop"), stop));
  part("download-vtt").addEventListener("click", () => act(part("download-vtt"), () => downloadWebVtt(api, sessionId)));
  part("download-json").addEventListener("click", () =>
    act(part("download-json"), () => downloadJson(api, sessionId)),
  );
  return { open, close, take };

  // --- which session

  function open(id) {
    close();
    sessionId = id;
    watching = new AbortController();
    transcriptView = createTranscriptView({
      lines: part("lines"),
      interims: part("interims"),
      announcer: part("announcer"),
      line: part("line"),
      gap: part("gap"),
    });
    part("session-name").textContent = "Loading…";
    followed = followSession(api, id, { onSession: show, onLines, onInterims, onConnection, onProblem }, watching.signal);
  }

  function close() {
    watching.abort();
    session = followed = transcriptView = null;
    follower.follow(false);
    for (const id of ["session-name", "session-state", "no-words", "connection"]) part(id).textContent = "";
    for (const id of ["session-error", "session-problem", "action-problem", "replaced"]) part(id).hidden = true;
    part("session-facts").replaceChildren();
    showActions();
  }

  /** The session as another part of the page knows it. */
  function take(incoming) {
    if (incoming.id === sessionId && session !== null) followed?.takeSession(incoming);
  }

  // --- what comes

  function show(incoming) {
    const isFirst = session === null;
    session = incoming;
    part("session-name").textContent = callInWords(session);
    part("session-state").textContent = stateInWords(session);
    part("session-state").dataset.state = session.state;
    showFacts();
    showActions();
    showNotices();
    showEmpty();
    transcriptView?.setSession(session);
    if (isFirst || isOver(session)) follower.follow(!isOver(session));
    onSession(session);
  }

  function onLines(added, isLive) {
    transcriptView?.add(followed.transcript, added);
    if (isLive) transcriptView?.announce(added);
    showEmpty();
    follower.grown();
  }

  function onInterims() {
    if (followed === null) return;
    transcriptView?.showInterims(followed.transcript);
    showEmpty();
    follower.grown();
  }

  function onConnection(connection) {
    part("connection").textContent = CONNECTIONS[connection];
  }

  function onProblem(problem) {
    showNotice("session-problem", problem?.message, problem?.remedy);
    if (session === null && problem !== null) part("session-name").textContent = "This session cannot be shown";
  }

  // --- what is seen

  function showFacts() {
    const facts = [
      ["Call id", callId(session)],
      ["Language", session.locale],
      ["Started", momentInWords(session.startedAt ?? session.createdAt, new Date())],
      ["Length", session.duration === undefined ? "" : durationInWords(session.duration)],
    ];
    const shown = facts.filter(([, fact]) => fact !== "");
    part("session-facts").replaceChildren(...shown.map(pair));
  }

  function showActions() {
    part("stop").hidden = session === null || isOver(session) || session.desired === "stopped";
    for (const id of ["download-vtt", "download-json"]) part(id).hidden = session === null;
  }

  function showNotices() {
    showNotice("session-error", session.error?.message, session.error?.remedy);
    part("replaced").hidden = session.replacedBy === undefined;
    part("replaced").querySelector("a").href = `#/sessions/${session.replacedBy}`;
  }

  function showNotice(id, message = "", remedy = "") {
    part(id).hidden = message === "";
    const [said, advised] = part(id).querySelectorAll("p");
    said.textContent = message;
    advised.textContent = remedy;
  }

  function showEmpty() {
    const hasWords = part("lines").childElementCount + part("interims").childElementCount > 0;
    part("no-words").textContent = hasWords || session === null ? "" : emptyInWords(session);
  }

  // --- what can be done

  async function stop() {
    const response = await api(`/api/sessions/${encodeURIComponent(sessionId)}/stop`, { method: "POST" });
    take(await response.json());
  }

  /** Do it once at a time, and say why it failed. */
  async function act(button, action) {
    button.disabled = true;
    try {
      await action();
      showNotice("action-problem");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showNotice("action-problem", error.message, error.remedy);
    } finally {
      button.disabled = false;
      if (document.activeElement === document.body) (button.hidden ? part("session-name") : button).focus();
    }
  }
}

function pair([name, fact]) {
  const [row, term, description] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  term.textContent = name;
  description.textContent = description.title = fact;
  row.append(term, description);
  return row;
}
