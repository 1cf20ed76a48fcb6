/**
 * A transcript as a viewer has it: finals in order, gaps, and words still being said. Pure: no DOM, no clock.
 *
 * Captions come over a socket that may lose some, so the transcript also knows whether it may lack any
 * (`missed` against `caughtUp`) and from which segment on it has to ask again (`since`).
 *
 * @typedef {{id: string, name?: string}} Speaker
 * @typedef {{segmentId: string, stream: string, seq: number, speaker: Speaker, text: string, offsetMs: number,
 *   durationMs: number, locale?: string}} Segment Words that will not change; ms from the session's `createdAt`.
 * @typedef {{gap: true, offsetMs: number, durationMs: number}} Gap A stretch in which nothing could be heard.
 * @typedef {Segment | Gap} Line
 * @typedef {{stream: string, seq: number, speaker: Speaker, text: string, offsetMs: number}} Interim
 *   Words still being said; `seq` is the number of the stream's finals so far.
 * @typedef {{missed: number}} Fetch A read that is under way.
 * @typedef {object} Transcript
 * @property {Line[]} lines in order
 * @property {Map<string, Line>} byKey
 * @property {Map<string, Interim & {heardAt: number}>} interims by speaker
 * @property {Map<string, number>} spokenUntil by speaker, where the newest final ends
 * @property {Map<string, number>} heard by stream, the highest `seq`
 * @property {number} missed counts the signs that something is missing
 * @property {number} caughtUp how many of them a read has answered
 * @property {string | null} since the newest segment up to which nothing is missing
 */

const SILENT_AFTER_MS = 20_000;

/** @returns {Transcript} nothing yet, and so everything to be read */
export function emptyTranscript() {
  return {
    lines: [],
    byKey: new Map(),
    interims: new Map(),
    spokenUntil: new Map(),
    heard: new Map(),
    missed: 1,
    caughtUp: 0,
    since: null,
  };
}

/** What tells a line from all others. @param {Line} line */
export function keyOf(line) {
  return "gap" in line ? `gap ${line.offsetMs} ${line.durationMs}` : line.segmentId;
}

/** Whether a read may bring lines that are not here. @param {Transcript} transcript */
export function mayLackLines(transcript) {
  return transcript.missed > transcript.caughtUp;
}

/** Note that captions may have been lost, as with a broken socket. @param {Transcript} transcript */
export function noteMissed(transcript) {
  transcript.missed += 1;
}

/**
 * Take in a final caption.
 * @param {Transcript} transcript @param {Segment} segment
 * @returns {Line[]} what is new
 */
export function receiveFinal(transcript, segment) {
  noteStream(transcript, segment.stream, segment.seq - 1);
  noteHeard(transcript, segment);
  const added = merge(transcript, segment);
  if (!mayLackLines(transcript)) transcript.since = later(transcript.since, segment.segmentId);
  return added;
}

/**
 * Take in an interim caption, unless its speaker's words are final already.
 * @param {Transcript} transcript @param {Interim} interim @param {number} now ms on any steady clock
 */
export function receiveInterim(transcript, interim, now) {
  noteStream(transcript, interim.stream, interim.seq);
  noteHeard(transcript, interim);
  const speaker = interim.speaker.id;
  if (interim.offsetMs < (transcript.spokenUntil.get(speaker) ?? 0)) return;
  transcript.interims.set(speaker, { ...interim, heardAt: now });
}

/** Interims of people who fell silent will get no final. @param {Transcript} transcript @param {number} now */
export function forgetSilentInterims(transcript, now) {
  for (const [speaker, interim] of transcript.interims) {
    if (now - interim.heardAt > SILENT_AFTER_MS) transcript.interims.delete(speaker);
  }
}

/** Nobody is speaking any more. @param {Transcript} transcript */
export function forgetInterims(transcript) {
  transcript.interims.clear();
}

/** @param {Transcript} transcript @returns {Interim[]} words still being said, in order */
export function interimsInOrder(transcript) {
  return [...transcript.interims.values()].sort((one, other) => one.offsetMs - other.offsetMs);
}

/** A read begins; it starts from `since`. @param {Transcript} transcript @returns {Fetch} */
export function beginFetch(transcript) {
  return { missed: transcript.missed };
}

/**
 * Merge what a read brought. Signs of loss that came meanwhile stay: the next read starts where this one ended.
 * @param {Transcript} transcript @param {Fetch} fetch @param {Line[]} lines
 * @returns {Line[]} what is new
 */
export function finishFetch(transcript, fetch, lines) {
  const segments = /** @type {Segment[]} */ (lines.filter((line) => !("gap" in line)));
  for (const segment of segments) noteHeard(transcript, segment);
  const added = lines.flatMap((line) => merge(transcript, line));
  transcript.caughtUp = fetch.missed;
  const complete = mayLackLines(transcript) ? segments : transcript.lines;
  const newest = complete.findLast((line) => !("gap" in line));
  if (newest !== undefined) transcript.since = later(transcript.since, newest.segmentId);
  return added;
}

/** Where a line stands among the lines. @param {Transcript} transcript @param {Line} line */
export function indexOf(transcript, line) {
  let low = 0;
  let high = transcript.lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(transcript.lines[middle], line) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The session as it is now: messages may overtake each other.
 * @template {{revision: number}} Session
 * @param {Session | null} known @param {Session} incoming
 */
export function newerSession(known, incoming) {
  return known !== null && incoming.revision <= known.revision ? known : incoming;
}

/** A stream that is new, or has more finals than were seen, is a sign of loss. */
function noteStream(transcript, stream, finalsBefore) {
  const heard = transcript.heard.get(stream);
  if (heard !== undefined && finalsBefore <= heard) return;
  noteMissed(transcript);
  if (heard === undefined) forgetInterims(transcript);
}

function noteHeard(transcript, { stream, seq }) {
  transcript.heard.set(stream, Math.max(seq, transcript.heard.get(stream) ?? 0));
}

function merge(transcript, line) {
  if (!("gap" in line)) settle(transcript, line);
  const key = keyOf(line);
  if (transcript.byKey.has(key)) return [];
  transcript.byKey.set(key, line);
  transcript.lines.splice(indexOf(transcript, line), 0, line);
  return [line];
}

/** A final takes the place of the interim that it came from; what the speaker went on to say stays. */
function settle(transcript, { speaker, offsetMs, durationMs }) {
  const end = offsetMs + durationMs;
  transcript.spokenUntil.set(speaker.id, Math.max(end, transcript.spokenUntil.get(speaker.id) ?? 0));
  const interim = transcript.interims.get(speaker.id);
  if (interim !== undefined && interim.offsetMs < end) transcript.interims.delete(speaker.id);
}

/** By place, a gap before the words that follow it; segments of one place by id. */
function compare(one, other) {
  const [gap, otherGap] = ["gap" in one, "gap" in other];
  const place = gap ? one.offsetMs + one.durationMs : one.offsetMs;
  const otherPlace = otherGap ? other.offsetMs + other.durationMs : other.offsetMs;
  if (place !== otherPlace) return place - otherPlace;
  if (gap !== otherGap) return gap ? -1 : 1;
  return keyOf(one) < keyOf(other) ? -1 : Number(keyOf(one) !== keyOf(other));
}

function later(one, other) {
  return one === null || other > one ? other : one;
}
