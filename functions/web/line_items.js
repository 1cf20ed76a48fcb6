/** A line of the transcript as an element. Words are text, never markup. */

import { clock, gapInWords } from "./wording.js";

/**
 * @typedef {import("./captions.d.ts").Caption} Caption @typedef {import("./captions.d.ts").Line} Line
 * @typedef {{line: HTMLTemplateElement, gap: HTMLTemplateElement}} Templates
 * @typedef {object} Knowledge what is known beside the lines
 * @property {(rawId: string) => import("./voices.js").Voice} voiceOf
 * @property {(rawId: string) => string} nameOf
 * @property {() => string} locale
 * @property {(segmentId: string) => string[] | undefined} partsOf its text cut up: plain, found, plain, …
 */

/** @param {Templates} templates @param {Knowledge} knowledge */
export function createLineItems(templates, { voiceOf, nameOf, locale, partsOf }) {
  return { build, nameAgain, markAgain };

  /** @param {Line} line @returns {HTMLElement} */
  function build(line) {
    return "gap" in line ? gapItem(line) : lineItem(line);
  }

  function gapItem(gap) {
    const item = copyOf(templates.gap);
    item.querySelector("p").textContent = gapInWords(gap);
    return item;
  }

  function lineItem(caption) {
    const item = copyOf(templates.line);
    item.dataset.speaker = caption.speaker.id;
    item.style.setProperty("--hue", String(voiceOf(caption.speaker.id).hue));
    item.querySelector("time").textContent = clock(caption.offsetMs);
    const words = /** @type {HTMLElement} */ (item.querySelector(".words"));
    words.lang = caption.locale ?? locale();
    nameAgain(item);
    markAgain(item, caption);
    return item;
  }

  /** Names can change while they are read. @param {HTMLElement} item */
  function nameAgain(item) {
    const id = item.dataset.speaker;
    if (id === undefined) return;
    const name = /** @type {HTMLElement} */ (item.querySelector(".name"));
    name.textContent = nameOf(id);
    name.title = id;
  }

  /** What a search found is marked. @param {HTMLElement} item @param {Line} line */
  function markAgain(item, line) {
    if ("gap" in line) return;
    item.querySelector(".words").replaceChildren(...marked(partsOf(line.segmentId ?? "") ?? [line.text]));
  }
}

/** @param {string[]} parts every second one was found @returns {(string | HTMLElement)[]} */
export function marked(parts) {
  return parts.map((part, index) => {
    if (index % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}

/** @param {HTMLTemplateElement} template @returns {HTMLElement} */
export function copyOf(template) {
  return /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
}
