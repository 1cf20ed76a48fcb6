/** The transcript on the screen: finals in order, then what is being said now, and who listens hears the newest. */

import { keyOf } from "./captions.js";
import { createAnnouncer } from "./announcer.js";
import { createFollower } from "./follow_end.js";
import { createLineItems } from "./line_items.js";
import { createLineWindow } from "./line_window.js";
import { steerByKeys } from "./line_keys.js";
import { createVoices, namesOf } from "./voices.js";

/** A line with nothing in it takes as much room as that many characters. */
const FRAME_CHARS = 60;

/**
 * @typedef {import("./captions.d.ts").Caption} Caption @typedef {import("./captions.d.ts").Line} Line
 * @typedef {import("./captions.d.ts").Session} Session
 * @typedef {{lines: HTMLElement, interims: HTMLElement, announcer: HTMLElement, jump: HTMLButtonElement,
 *   line: HTMLTemplateElement, gap: HTMLTemplateElement}} Parts
 * @typedef {ReturnType<typeof createTranscriptView>} TranscriptView
 */

/** @param {Parts} parts @param {AbortSignal} signal ends it */
export function createTranscriptView(parts, signal) {
  const voiceOf = createVoices();
  /** @type {readonly Line[]} */
  let lines = [];
  /** @type {Record<string, string>} */
  let names = {};
  /** @type {Map<string, string>} by raw id, what they are called */
  let called = new Map();
  let locale = "";
  /** @type {Map<string, string[]>} */
  let found = new Map();
  /** @type {Map<string, HTMLElement>} */
  const interimItems = new Map();
  const known = { voiceOf, nameOf, locale: () => locale, partsOf: (id) => found.get(id) };
  const announcer = createAnnouncer(parts.announcer, nameOf, () => locale);
  const lineItems = createLineItems(parts, known);
  const follower = createFollower(parts.jump, () => view.render());
  const view = createLineWindow(parts.lines, { keyOf, sizeOf, build: lineItems.build, place }, follower.isFollowing);
  const steered = { reveal, onScreen: view.onScreen, count: () => lines.length, jump: follower.jump };
  steerByKeys(parts.lines, steered, signal);
  parts.lines.hidden = true;
  parts.interims.replaceChildren();
  window.addEventListener("scroll", onScroll, { passive: true, signal });
  window.addEventListener("beforeprint", () => view.showWhole(true), { signal });
  window.addEventListener("afterprint", () => view.showWhole(false), { signal });
  signal.addEventListener("abort", close);
  return {
    setLines,
    showInterims,
    setSession,
    setFound,
    revealSegment,
    announce: announcer.announce,
    follow: follower.follow,
    goOn: follower.goOn,
    remeasure: view.remeasure,
    people,
    nameOf,
  };

  function close() {
    view.close();
    parts.lines.hidden = true;
    follower.follow(false);
    parts.interims.replaceChildren();
    announcer.clear();
  }

  // --- what comes

  /** @param {readonly Line[]} now all finals and gaps, in order */
  function setLines(now) {
    const grownBy = now.length - lines.length;
    if (grownBy === 0) return;
    const hadLast = lines.length === 0 || now[lines.length - 1] === lines.at(-1);
    for (const line of now) if (!("gap" in line)) voiceOf(line.speaker.id);
    lines = [...now];
    parts.lines.hidden = false;
    follower.grown(grownBy);
    view.setLines(lines, !hadLast);
  }

  /** One item for each speaker who has not finished. @param {readonly Caption[]} interims */
  function showInterims(interims) {
    const speaking = new Set(interims.map(({ speaker }) => speaker.id));
    for (const [speaker, item] of interimItems) if (!speaking.has(speaker)) dropInterim(speaker, item);
    for (const interim of interims) showInterim(interim);
    follower.grown(0);
    view.render();
  }

  function dropInterim(speaker, item) {
    item.remove();
    interimItems.delete(speaker);
  }

  function showInterim(interim) {
    const { id } = interim.speaker;
    const item = interimItems.get(id) ?? interimItem(interim);
    lineItems.markAgain(item, interim);
    if (item.isConnected) return;
    interimItems.set(id, item);
    parts.interims.append(item);
  }

  function interimItem(interim) {
    const item = document.createElement("li");
    const line = lineItems.build(interim);
    item.className = line.className;
    item.style.setProperty("--hue", String(voiceOf(interim.speaker.id).hue));
    item.dataset.speaker = interim.speaker.id;
    item.append(...line.childNodes);
    return item;
  }

  /** Names and language come with the session. @param {Session} session */
  function setSession(session) {
    names = session.speakers;
    called = new Map();
    locale = session.locale;
    for (const item of [...view.items.values(), ...interimItems.values()]) lineItems.nameAgain(item);
  }

  // --- what a search found

  /** @param {Map<string, string[]>} parts of each segment that was found */
  function setFound(parts) {
    found = parts;
    for (const line of lines) {
      const item = view.items.get(keyOf(line));
      if (item !== undefined) lineItems.markAgain(item, line);
    }
  }

  /** Go to a segment. @param {string} segmentId */
  function revealSegment(segmentId) {
    const index = lines.findIndex((line) => keyOf(line) === segmentId);
    if (index !== -1) reveal(index);
  }

  function reveal(index) {
    follower.leave();
    view.reveal(index)?.focus({ preventScroll: true });
  }

  // --- items

  /** The name is shown once for what a speaker says in a row. */
  function place(item, index, all) {
    const [line, before] = [all[index], all[index - 1]];
    const goesOn = !("gap" in line) && before !== undefined && !("gap" in before) && before.speaker.id === line.speaker.id;
    item.classList.toggle("goes-on", goesOn);
    item.ariaPosInSet = String(index + 1);
    item.ariaSetSize = String(all.length);
    item.tabIndex = -1;
  }

  function onScroll() {
    follower.look();
    view.onScroll();
  }

  /** @param {string} rawId */
  function nameOf(rawId) {
    voiceOf(rawId);
    if (!called.has(rawId)) called = namesOf(voiceOf.all().map(([id]) => id), names);
    return called.get(rawId);
  }

  /** Who was heard, in that order. */
  function people() {
    return voiceOf.all().map(([id, voice]) => ({ id, name: nameOf(id), hue: voice.hue, isNamed: Object.hasOwn(names, id) }));
  }
}

/** @param {Line} line */
function sizeOf(line) {
  return FRAME_CHARS + ("gap" in line ? 0 : line.text.length);
}
