/** How states, calls, moments and gaps are put into words. */

const STATES = {
  connecting: "Joining the call",
  starting: "Starting to transcribe",
  active: "Transcribing",
  interrupted: "Interrupted, reconnecting",
  stopping: "Stopping",
  stopped: "Stopped",
  failed: "Failed",
};

const CAUSES = {
  "connection-error": "the connection to the call was lost",
  error: "something went wrong",
};

const CALLS = { groupCallId: "Group call", serverCallId: "Call", roomId: "Room" };

const EMPTY = {
  connecting: "Joining the call. Words appear here as soon as somebody speaks.",
  starting: "In the call. Words appear here as soon as somebody speaks.",
  active: "Listening. Words appear here as soon as somebody speaks.",
  interrupted: "The transcription was interrupted and is being started again.",
  stopping: "Stopping. Nothing was said so far.",
  stopped: "Nothing was said while this call was transcribed.",
  failed: "There is no transcript, because the transcription failed.",
};

/** @typedef {{state: string, cause?: string, tag?: string, call: Record<string, any>}} Session */

/** @param {{state: string, cause?: string}} session */
export function stateInWords({ state, cause }) {
  const reason = state === "stopped" ? CAUSES[cause] : undefined;
  return reason === undefined ? (STATES[state] ?? state) : `${STATES[state]}: ${reason}`;
}

/** What stands where no words are yet. @param {Session} session */
export function emptyInWords({ state }) {
  return EMPTY[state] ?? "";
}

/** The id by which the call was named, or who called whom. @param {Session} session */
export function callId({ call }) {
  if (call.to && call.from) return `${person(call.from)} → ${call.to.map(person).join(", ")}`;
  if (call.to) return call.to.map(person).join(", ");
  return Object.values(call)[0] ?? "";
}

/** The call in a few letters, or by its tag. @param {Session} session */
export function callInWords(session) {
  const { call, tag } = session;
  if (tag) return tag;
  if (call.to) return `${call.incoming ? "Call from" : "Call to"} ${shortPerson(call.incoming ? call.from : call.to[0])}`;
  const kind = CALLS[Object.keys(call)[0]] ?? "Call";
  return `${kind} ${shortId(callId(session))}`;
}

/** A raw id as people know it: a phone number without its prefix. @param {string} rawId */
function person(rawId) {
  return rawId.replace(/^4:/, "");
}

/** @param {string} rawId */
function shortPerson(rawId) {
  return person(rawId).startsWith("+") ? person(rawId) : `…${rawId.slice(-8)}`;
}

/** Server call ids are base64 and begin alike; what tells them apart is at their end. */
function shortId(id) {
  if (id.length <= 12) return id;
  return id.length > 40 ? `…${id.replace(/=+$/, "").slice(-8)}` : `${id.slice(0, 8)}…`;
}

/** Whether the session has come to its end. @param {Session} session */
export function isOver({ state }) {
  return state === "stopped" || state === "failed";
}

/** A moment as people say it: the time alone for today. @param {string} moment RFC 3339 @param {Date} now */
export function momentInWords(moment, now) {
  const date = new Date(moment);
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return `Today, ${time}`;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `${date.toLocaleDateString(undefined, { day: "numeric", month: "short", year })}, ${time}`;
}

/** That a state was so at a moment, and that nobody knows whether it is now. @param {Date} moment @param {Date} now */
export function asOfInWords(moment, now) {
  return `as of ${momentInWords(moment.toISOString(), now).replace(/^Today, /, "")}\u00a0· connection lost`;
}

/** A place in the transcript: 1:02:03, 2:03. @param {number} ms from the session's beginning */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How long it has been, as a place in the transcript. @param {string} moment RFC 3339 @param {number} now ms since 1970 */
export function sinceInWords(moment, now) {
  return clock(Math.max(0, now - Date.parse(moment)));
}

/** A language by its name and its locale. @param {string} locale */
export function languageInWords(locale) {
  try {
    return `${new Intl.DisplayNames(undefined, { type: "language" }).of(locale)} (${locale})`;
  } catch {
    return locale; // not every locale that ACS has is well-formed to a browser
  }
}

/** @param {{durationMs: number}} gap */
export function gapInWords({ durationMs }) {
  return `Nothing could be heard for ${stretch(durationMs)}`;
}

/** A length of time, rounded. @param {number} ms */
function stretch(ms) {
  if (ms < 1000) return "a moment";
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** How long a transcription took. @param {string} duration ISO 8601, as in PT2M3.4S */
export function durationInWords(duration) {
  const found = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration);
  if (found === null) return duration;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return clock((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}
