/** The journal's events in words. */

const EVENTS = {
  "start-requested": "Somebody asked to transcribe this call",
  "stop-requested": "Somebody asked to stop",
  "restart-requested": "Somebody asked to go on",
  "locale-requested": "Somebody asked for another language",
  "speakers-named": "Somebody named the speakers",
  "speakers-changed": "Somebody named some of the speakers",
  "names-heard": "The service told who is in the call",
  "erasure-requested": "Somebody asked to erase everything",
  "connect-answered": "The service accepted to connect to the call",
  "command-accepted": "The service accepted a request",
  "command-refused": "The service refused a request",
  "command-unanswered": "A request got no answer",
  "call-connected": "Connected to the call",
  "connect-failed": "The call could not be connected",
  "call-disconnected": "Disconnected from the call",
  "call-ended": "The call is over for everybody",
  "participants-changed": "People came or went",
  "people-counted": "The people in the call were counted",
  "invitation-accepted": "The person who was called is there",
  "invitation-failed": "The person who was called did not come",
  "transcription-started": "The service transcribes now",
  "transcription-stopped": "The service transcribes no more",
  "transcription-closed": "The transcription was ended",
  "transcription-updated": "The service transcribes in another language now",
  "transcription-resumed": "The service can send words again",
  "transcription-failed": "The transcription failed",
  "socket-opened": "The connection for the words was opened",
  "socket-closed": "The connection for the words was closed",
  "stream-began": "The first words came",
  "frame-rejected": "Something could not be understood and was left out",
  "call-reported": "The service was asked how the call does",
  "callback-noted": "The service sent news that change nothing",
  "time-passed": "A deadline passed",
};

const MINOR = new Set(["command-accepted", "callback-noted", "participants-changed", "people-counted", "call-reported"]);

/** @param {import("./journal.js").Entry} entry */
export function eventInWords({ event }) {
  return EVENTS[event] ?? event;
}

/** Whether it is a step that only those who look for a fault want to see. @param {import("./journal.js").Entry} entry */
export function isMinor({ event }) {
  return MINOR.has(event);
}

/** What the event itself tells of its reason. @param {import("./journal.js").Entry} entry */
export function causeInWords({ detail }) {
  const { outcome, locale, reason, name } = detail;
  if (outcome?.message) return `${outcome.message} (${[outcome.code, outcome.subCode].filter(Boolean).join(" / ")})`;
  return locale ?? reason ?? name ?? "";
}
