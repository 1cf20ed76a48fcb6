/** Search within a transcript: by the service, since the page has only what is near the screen. */

import { copyOf, marked } from "./line_items.js";
import { clock } from "./wording.js";

/**
 * @typedef {{segment: import("./captions.d.ts").Caption, parts: string[]}} Hit
 * @param {(id: string) => any} part @param {import("./api.js").Call} api @param {import("./act.js").Act} act
 * @param {{opened: () => import("./session_view.js").Opened | null, show: (panel: string) => void}} subject
 */
export function createSearch(part, api, act, { opened, show }) {
  /** @type {Hit[]} */
  let hits = [];
  let next = "";
  let query = "";
  /** Aborted when nobody waits for this search any more. */
  let asking = new AbortController();
  let running = Promise.resolve();
  part("search").addEventListener("submit", onSubmit);
  part("query").addEventListener("input", () => part("query").value === "" && forget());
  part("query").addEventListener("keydown", (event) => event.key === "Escape" && clear());
  part("more-hits").addEventListener("click", () => act(part("more-hits"), readOn));
  part("hits").addEventListener("click", onHit);
  document.addEventListener("keydown", onFind);
  return { clear, nameAgain };

  function clear() {
    part("query").value = "";
    forget();
  }

  function forget() {
    asking.abort();
    hits = [];
    next = "";
    part("hits").replaceChildren();
    part("hits-told").textContent = "";
    opened()?.transcript.setFound(new Map());
    if (!part("found").hidden) show("");
  }

  /** The browser's own search would miss most of the transcript; asked twice, it gets its turn. */
  function onFind(event) {
    const isFind = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === "f";
    if (!isFind || !canBeAsked() || document.activeElement === part("query")) return;
    event.preventDefault();
    part("query").select();
    part("query").focus();
  }

  /** Not behind a dialog or a door. */
  function canBeAsked() {
    return opened() !== null && part("query").checkVisibility() && document.querySelector("dialog[open]") === null;
  }

  function onSubmit(event) {
    event.preventDefault();
    const wanted = part("query").value.trim();
    forget();
    if (wanted === "") return;
    query = wanted;
    const { signal } = (asking = new AbortController());
    const ask = () => (signal.aborted ? undefined : act(part("search-now"), readOn));
    running = running.then(ask).catch(reportError);
  }

  /** The next hits, of the first page or behind those that are here. */
  async function readOn() {
    const { id } = opened();
    const { signal } = asking;
    const parameters = new URLSearchParams({ q: query, ...(next === "" ? {} : { cursor: next }) });
    const response = await api(`/api/sessions/${encodeURIComponent(id)}/transcript?${parameters}`, { signal });
    const page = await response.json();
    if (signal.aborted) return;
    hits.push(...page.hits);
    next = page.next ?? "";
    showHits(page.hits);
  }

  /** @param {Hit[]} added */
  function showHits(added) {
    part("hits").append(...added.map(hitItem));
    part("more-hits").hidden = next === "";
    part("hits-told").textContent = toldOf(hits.length, next !== "");
    opened().transcript.setFound(new Map(hits.map(({ segment, parts }) => [segment.segmentId, parts])));
    show("found");
  }

  function hitItem({ segment, parts }) {
    const item = copyOf(part("hit"));
    const button = item.querySelector("button");
    Object.assign(button.dataset, { segment: segment.segmentId, speaker: segment.speaker.id });
    button.querySelector(".name").textContent = opened().transcript.nameOf(segment.speaker.id);
    button.querySelector("time").textContent = clock(segment.offsetMs);
    const words = /** @type {HTMLElement} */ (button.querySelector(".excerpt"));
    words.lang = segment.locale ?? "";
    words.replaceChildren(...marked(parts));
    return item;
  }

  /** Names can change while they are read. */
  function nameAgain() {
    for (const button of part("hits").querySelectorAll("button")) {
      button.querySelector(".name").textContent = opened().transcript.nameOf(button.dataset.speaker);
    }
  }

  function onHit({ target }) {
    const button = target.closest("button");
    if (button === null) return;
    for (const one of part("hits").querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    opened().transcript.revealSegment(button.dataset.segment);
  }
}

/** @param {number} count @param {boolean} hasMore */
function toldOf(count, hasMore) {
  if (count === 0) return "Nothing was found. All words must occur in one line, each as a whole word.";
  if (hasMore) return `The first ${count} lines that have it`;
  return count === 1 ? "1 line has it" : `${count} lines have it`;
}
