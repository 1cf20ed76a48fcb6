/**
 * One session as it goes on: captions as they come, and a read whenever some may be missing.
 *
 * A final can be late and sort before others, and a socket can break; so every sign of loss leads to a read from the
 * newest segment up to which nothing is missing, and what it brings is merged.
 */

import { createCaptionsAccess } from "./captions_access.js";
import { stayConnected } from "./captions_connection.js";
import * as model from "./transcript_model.js";
import { isOver } from "./wording.js";

const GATHER_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const LATE_FINALS_MS = 125_000;
const LOOK_FOR_SILENCE_MS = 5_000;
const NOT_FOUND = 404;

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "ended"} Connection
 * @typedef {object} Watcher
 * @property {(session: any) => void} onSession
 * @property {(added: import("./transcript_model.js").Line[], isLive: boolean) => void} onLines
 * @property {() => void} onInterims
 * @property {(connection: Connection) => void} onConnection
 * @property {(problem: Error | null) => void} onProblem the transcript cannot be read now, or can again
 */

/**
 * Follow a session until the signal.
 * @param {import("./api.js").Call} api @param {string} sessionId @param {Watcher} watcher @param {AbortSignal} signal
 */
export function followSession(api, sessionId, watcher, signal) {
  const transcript = model.emptyTranscript();
  const access = createCaptionsAccess(api, sessionId, signal);
  const silence = setInterval(forgetSilent, LOOK_FOR_SILENCE_MS);
  /** @type {any} */
  let session = null;
  /** @type {AbortController | null} */
  let captions = null;
  let isReading = false;
  let failures = 0;
  let readTimer = 0;
  let endTimer = 0;
  signal.addEventListener("abort", leave);
  readSoon(0);
  return { transcript, takeSession };

  function leave() {
    captions?.abort();
    clearTimeout(readTimer);
    clearTimeout(endTimer);
    clearInterval(silence);
  }

  // --- captions

  function listen() {
    if (captions !== null) return;
    captions = new AbortController();
    watcher.onConnection("connecting");
    stayConnected({ url: access.url, onConnected, onMessage, onLost }, captions.signal);
  }

  /** Nothing comes any more: the connection is given up, after one last read. */
  function stopListening() {
    captions?.abort();
    captions = null;
    watcher.onConnection("ended");
    lookAgain();
  }

  function onConnected() {
    watcher.onConnection("live");
    lookAgain();
  }

  function onLost() {
    watcher.onConnection("reconnecting");
    lookAgain();
  }

  function onMessage(message) {
    if (message.type === "session") takeSession(message);
    else if (message.final) takeFinal(message);
    else takeInterim(message);
    if (model.mayLackLines(transcript)) readSoon(GATHER_MS);
  }

  function takeFinal(caption) {
    watcher.onLines(model.receiveFinal(transcript, caption), true);
    watcher.onInterims();
  }

  function takeInterim(caption) {
    model.receiveInterim(transcript, caption, performance.now());
    watcher.onInterims();
  }

  function forgetSilent() {
    model.forgetSilentInterims(transcript, performance.now());
    watcher.onInterims();
  }

  // --- the session

  function takeSession(incoming) {
    const before = session;
    session = model.newerSession(session, incoming);
    if (session === before) return;
    watcher.onSession(session);
    if (before?.state !== session.state) onStateChanged(before === null);
  }

  function onStateChanged(isFirst) {
    if (session.state !== "active") model.forgetInterims(transcript);
    watcher.onInterims();
    if (!isFirst) lookAgain();
    clearTimeout(endTimer);
    const rest = restMs(session);
    if (rest > 0) listen();
    else watcher.onConnection("ended");
    if (Number.isFinite(rest) && rest > 0) endTimer = setTimeout(stopListening, rest);
  }

  // --- reads

  function lookAgain() {
    model.noteMissed(transcript);
    readSoon(GATHER_MS);
  }

  function readSoon(ms) {
    if (isReading || readTimer !== 0 || signal.aborted) return;
    readTimer = setTimeout(read, ms * (0.5 + Math.random()));
  }

  async function read() {
    readTimer = 0;
    isReading = true;
    try {
      await readOnce();
      failures = 0;
      watcher.onProblem(null);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      watcher.onProblem(error);
      if (error.status === NOT_FOUND) return leave();
    } finally {
      isReading = false;
    }
    if (model.mayLackLines(transcript)) readSoon(Math.min(GATHER_MS * 4 ** failures, LONGEST_PAUSE_MS));
  }

  async function readOnce() {
    const fetch = model.beginFetch(transcript);
    const found = await access.readTranscript(transcript.since);
    if (signal.aborted) return;
    const isFirst = session === null;
    takeSession(found.session);
    watcher.onLines(model.finishFetch(transcript, fetch, found.lines), !isFirst);
    watcher.onInterims();
  }
}

/** How long words may still come (ms): without end while the session goes on, a while after it. */
function restMs(session) {
  return isOver(session) ? Date.parse(session.endedAt) + LATE_FINALS_MS - Date.now() : Infinity;
}
