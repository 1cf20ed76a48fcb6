/** One session: what it is, what can be done with it, and its transcript. */

import { connectCaptions } from "./captions.js";
import { createAct } from "./act.js";
import { createContact } from "./contact.js";
import { showNotice } from "./notices.js";
import { createSessionActions } from "./session_actions.js";
import { createSessionHead } from "./session_head.js";
import { createSessionPanels } from "./session_panels.js";
import { createTranscriptView } from "./transcript_view.js";
import { emptyInWords, isOver } from "./wording.js";

const CONNECTIONS = {
  connecting: "Connecting to the captions…",
  live: "",
  reconnecting: "The captions connection broke. Reconnecting…",
  ended: "",
};
const SERVICE_LOST = "The service cannot be reached. Trying again…";

/**
 * @typedef {object} Opened a session that is shown
 * @property {string} id
 * @property {() => import("./captions.d.ts").Session | null} session null until it was read
 * @property {import("./captions.d.ts").Captions} captions
 * @property {import("./transcript_view.js").TranscriptView} transcript
 * @property {AbortSignal} signal aborted when another is shown
 */

/**
 * @param {(id: string) => any} part an element of the page by its id @param {import("./api.js").Call} api
 * @param {{onSession: (session: any) => void, onErased: (id: string) => void}} told
 */
export function createSessionView(part, api, { onSession, onErased }) {
  const head = createSessionHead(part);
  const act = createAct((problem) => showNotice(part("action-problem"), problem), part("session-name"));
  /** @type {Opened | null} */
  let opened = null;
  let closing = new AbortController();
  let isLineDue = false;
  /** @type {import("./captions.d.ts").Connection | null} */
  let connection = null;
  const contact = createContact(onContact);
  const actions = createSessionActions(part, api, act, { opened: () => opened, take, onErased });
  const panels = createSessionPanels(part, api, act, { opened: () => opened, take });
  window.addEventListener("resize", () => opened?.transcript.showInterims(opened.captions.interims), { passive: true });
  head.clear();
  return { open, close, take, noteService, remeasure: () => opened?.transcript.remeasure() };

  // --- which session

  /** @param {string} id */
  function open(id) {
    close();
    closing = new AbortController();
    const { signal } = closing;
    const transcript = createTranscriptView(
      {
        lines: part("lines"),
        interims: part("interims"),
        announcer: part("announcer"),
        jump: part("jump"),
        line: part("line"),
        gap: part("gap"),
      },
      signal,
    );
    const captions = connectCaptions({ baseUrl: location.origin, getAccess, ...listener(), signal });
    opened = { id, session: () => captions.session, captions, transcript, signal };

    async function getAccess(limit) {
      const path = `/api/sessions/${encodeURIComponent(id)}/captions`;
      return (await api(path, { method: "POST", signal: limit })).json();
    }
  }

  function close() {
    closing.abort();
    opened = null;
    connection = null;
    for (const to of ["captions", "transcript"]) contact.regain(to);
    head.clear();
    panels.clear();
    actions.show(null);
    for (const id of ["no-words", "connection"]) part(id).textContent = "";
    window.scrollTo({ top: 0, behavior: "instant" });
  }

  /** The session as another part of the page knows it. */
  function take(session) {
    if (session.id === opened?.id && opened.session() !== null) opened.captions.takeSession(session);
  }

  // --- what comes

  function listener() {
    let isFirst = true;
    return {
      onSession: (session) => {
        show(session, isFirst);
        isFirst = false;
      },
      onCaption: (caption) => {
        contact.heard();
        if (caption.final && caption.live) opened.transcript.announce(caption);
        if (caption.final) showLinesSoon();
      },
      onGap: showLinesSoon,
      onInterimsChanged: showInterims,
      onConnection,
      onProblem,
    };
  }

  function show(session, isFirst) {
    contact.heard();
    head.show(session);
    actions.show(session);
    opened.transcript.setSession(session);
    panels.showSession(session);
    showEmpty();
    if (isFirst || isOver(session)) opened.transcript.follow(!isOver(session));
    else opened.transcript.goOn();
    onSession(session);
  }

  /** Thousands may come at once; they are shown together, before the next picture. */
  function showLinesSoon() {
    if (isLineDue) return;
    isLineDue = true;
    requestAnimationFrame(showLines);
  }

  function showLines() {
    isLineDue = false;
    if (opened === null) return;
    opened.transcript.setLines(opened.captions.lines);
    panels.showPeople();
    showInterims();
  }

  function showInterims() {
    if (opened === null) return;
    opened.transcript.showInterims(opened.captions.interims);
    showEmpty();
  }

  /** @param {import("./captions.d.ts").Connection} now */
  function onConnection(now) {
    connection = now;
    contact[connection === "reconnecting" ? "lose" : "regain"]("captions");
    showConnection();
  }

  /** Captions may stay connected while the service that sends them does not answer. @param {boolean} isReached */
  function noteService(isReached) {
    if (isReached) contact.heard();
    contact[isReached ? "regain" : "lose"]("service");
    showConnection();
  }

  /** @param {number | null} lostAt */
  function onContact(lostAt) {
    head.showKnown(lostAt);
    if (opened !== null) showEmpty();
  }

  function showConnection() {
    const isSilent = connection === "live" && contact.hasLost("service");
    const told = isSilent ? SERVICE_LOST : (CONNECTIONS[connection] ?? "");
    if (part("connection").textContent !== told) part("connection").textContent = told;
  }

  /** @param {import("./captions.d.ts").CaptionsProblem | null} problem */
  function onProblem(problem) {
    contact[problem === null ? "regain" : "lose"]("transcript");
    if (problem?.code === "session-gone") forget();
    showNotice(part("session-problem"), problem);
    if (!opened?.session() && problem !== null) part("session-name").textContent = "This session cannot be shown";
  }

  /** What was erased is nobody's to read any more. */
  function forget() {
    const hadFocus = part("session").contains(document.activeElement);
    close();
    document.title = "Verbatim";
    if (hadFocus) part("session-name").focus();
  }

  function showEmpty() {
    const session = opened.session();
    const hasWords = opened.captions.lines.length + opened.captions.interims.length > 0;
    const isKnown = session !== null && (contact.isWhole() || isOver(session));
    part("no-words").textContent = hasWords || !isKnown ? "" : emptyInWords(session);
  }
}
