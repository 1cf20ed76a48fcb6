/** The transcript on the screen: finals in order, then what is being said now. Words are text, never markup. */

import { indexOf, interimsInOrder, keyOf } from "./transcript_model.js";
import { createVoices, nameOf } from "./voices.js";
import { clock, gapInWords } from "./wording.js";

const MOST_ANNOUNCED = 5;

/**
 * @typedef {{lines: HTMLElement, interims: HTMLElement, announcer: HTMLElement, line: HTMLTemplateElement,
 *   gap: HTMLTemplateElement}} Parts
 * @typedef {import("./transcript_model.js").Transcript} Transcript
 * @typedef {import("./transcript_model.js").Line} Line
 */

/** @param {Parts} parts */
export function createTranscriptView(parts) {
  const voiceOf = createVoices();
  /** @type {Map<string, HTMLElement>} */
  const items = new Map();
  /** @type {Map<string, HTMLElement>} */
  const interimItems = new Map();
  /** @type {Record<string, string>} */
  let names = {};
  let locale = "";
  for (const list of [parts.lines, parts.interims, parts.announcer]) list.replaceChildren();
  return { add, showInterims, announce, setSession };

  /** Put new lines in their places. @param {Transcript} transcript @param {Line[]} added */
  function add(transcript, added) {
    for (const line of added) if (!("gap" in line)) voiceOf(line.speaker.id);
    const lastFirst = added.toSorted((one, other) => indexOf(transcript, other) - indexOf(transcript, one));
    for (const line of lastFirst) {
      const item = "gap" in line ? gapItem(line) : lineItem(line);
      const next = transcript.lines[indexOf(transcript, line) + 1];
      items.set(keyOf(line), item);
      parts.lines.insertBefore(item, next === undefined ? null : items.get(keyOf(next)));
    }
    for (const line of lastFirst) markRuns(items.get(keyOf(line)));
  }

  /** One line for each speaker who has not finished. @param {Transcript} transcript */
  function showInterims(transcript) {
    const interims = interimsInOrder(transcript);
    const speaking = new Set(interims.map(({ speaker }) => speaker.id));
    for (const [speaker, item] of interimItems) {
      if (speaking.has(speaker)) continue;
      item.remove();
      interimItems.delete(speaker);
    }
    for (const interim of interims) showInterim(interim);
  }

  function showInterim(interim) {
    const item = interimItems.get(interim.speaker.id) ?? lineItem(interim);
    item.querySelector(".words").textContent = interim.text;
    if (item.isConnected) return;
    interimItems.set(interim.speaker.id, item);
    parts.interims.append(item);
  }

  /** Let those who listen to the page hear the newest finals. @param {Line[]} added */
  function announce(added) {
    const segments = added.filter((line) => !("gap" in line)).slice(-MOST_ANNOUNCED);
    for (const segment of segments) {
      const said = document.createElement("p");
      said.textContent = `${nameOf(names, segment.speaker, voiceOf(segment.speaker.id))}: ${segment.text}`;
      parts.announcer.append(said);
    }
    while (parts.announcer.childElementCount > MOST_ANNOUNCED) parts.announcer.firstElementChild.remove();
  }

  /** Names and language come with the session. @param {{speakers: Record<string, string>, locale: string}} session */
  function setSession(session) {
    names = session.speakers;
    locale = session.locale;
    for (const item of parts.lines.querySelectorAll(".line")) showName(item);
    for (const item of parts.interims.children) showName(item);
  }

  // --- items

  function lineItem(line) {
    const item = copyOf(parts.line);
    item.dataset.speaker = line.speaker.id;
    item.style.setProperty("--hue", String(voiceOf(line.speaker.id).hue));
    showName(item, line.speaker.name);
    item.querySelector("time").textContent = clock(line.offsetMs);
    const words = item.querySelector(".words");
    words.textContent = line.text;
    words.lang = line.locale ?? locale;
    return item;
  }

  function showName(item, given = undefined) {
    const id = item.dataset.speaker;
    const name = item.querySelector(".name");
    name.textContent = nameOf(names, { id, name: given }, voiceOf(id));
    name.title = id;
  }

  function gapItem(gap) {
    const item = copyOf(parts.gap);
    item.querySelector("p").textContent = gapInWords(gap);
    return item;
  }

  /** The name is shown once for what a speaker says in a row. */
  function markRuns(item) {
    for (const one of [item, item.nextElementSibling]) {
      const speaker = one?.dataset.speaker;
      const goesOn = speaker !== undefined && one.previousElementSibling?.dataset.speaker === speaker;
      one?.classList.toggle("goes-on", goesOn);
    }
  }
}

function copyOf(template) {
  return template.content.firstElementChild.cloneNode(true);
}
