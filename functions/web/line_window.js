/**
 * A long list of which only what is near the screen is in the page. The window scrolls; room above and below stands for
 * what is left out.
 *
 * What the reader looks at stays where it is when lines come in above it, change their height, or the page its width.
 */

import { createHeights } from "./line_heights.js";

/** Kept ready above and below the screen (px). */
const MARGIN_PX = 900;
/** Guesses become measures, which can bring further lines onto the screen. */
const MOST_TURNS = 6;

/**
 * @template Line
 * @typedef {object} Content
 * @property {(line: Line) => string} keyOf
 * @property {(line: Line) => number} sizeOf how much there is to show of a line, in any unit
 * @property {(line: Line) => HTMLElement} build
 * @property {(item: HTMLElement, index: number, lines: readonly Line[]) => void} place whenever its place may have changed
 */

/**
 * @template Line
 * @param {HTMLElement} list @param {Content<Line>} content
 * @param {() => boolean} isAtEnd whether the end is what the reader looks at
 */
export function createLineWindow(list, content, isAtEnd) {
  const heights = createHeights(content.keyOf, content.sizeOf);
  const [above, below] = [room(), room()];
  /** @type {readonly Line[]} */
  let lines = [];
  /** @type {Map<string, HTMLElement>} */
  const items = new Map();
  /** @type {{key: string, index: number, offset: number} | null} a line, and where on the screen it is */
  let anchor = null;
  let lastTop = 0;
  let width = 0;
  let [first, last] = [0, 0];
  let isWhole = false;
  list.replaceChildren(above, below);
  const resizing = new ResizeObserver(onResize);
  resizing.observe(list);
  return { setLines, render, onScroll, reveal, remeasure, showWhole, onScreen: () => anchor?.index ?? 0, items, close };

  function close() {
    resizing.disconnect();
    items.clear();
    list.replaceChildren();
  }

  // --- what changes

  /** @param {readonly Line[]} now @param {boolean} isInserted whether lines may stand before those that were there */
  function setLines(now, isInserted) {
    if (window.scrollY !== lastTop) look();
    lines = now;
    heights.setLines(lines);
    if (isInserted && anchor !== null) anchor.index = findAgain(anchor);
    render();
  }

  function onScroll() {
    if (window.scrollY === lastTop) return;
    look();
    render();
  }

  function onResize() {
    if (Math.abs(list.clientWidth - width) < 1) return;
    width = list.clientWidth;
    remeasure();
  }

  /** All heights may be others, as with another text size. */
  function remeasure() {
    heights.forget();
    render();
  }

  /** Bring a line onto the screen. @param {number} index @returns {HTMLElement | undefined} */
  function reveal(index) {
    anchor = { key: content.keyOf(lines[index]), index, offset: window.innerHeight / 2 };
    render();
    return items.get(content.keyOf(lines[index]));
  }

  /** Everything at once, as for print. @param {boolean} wanted */
  function showWhole(wanted) {
    isWhole = wanted;
    render();
  }

  // --- what the reader looks at

  function look() {
    lastTop = window.scrollY;
    anchor = lastTop <= 0 || lines.length === 0 ? null : anchorAt(heights.indexAt(lastTop - listTop() + headPx()));
  }

  function anchorAt(index) {
    return { key: content.keyOf(lines[index]), index, offset: listTop() + heights.topOf(index) - window.scrollY };
  }

  /** What covers the top of the screen hides lines; the reader looks at those below it. */
  function headPx() {
    return Number.parseFloat(getComputedStyle(list).scrollMarginBlockStart) || 0;
  }

  function findAgain({ key, index }) {
    const found = lines.findIndex((line, at) => at >= index && content.keyOf(line) === key);
    return found === -1 ? Math.min(index, lines.length - 1) : found;
  }

  function listTop() {
    return list.getBoundingClientRect().top + window.scrollY;
  }

  // --- what is in the page

  /** Nothing can be measured while a door hides the page; when it opens again, the width changes. */
  function render() {
    if (lines.length === 0 || list.clientWidth === 0) return;
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      stay();
      [first, last] = wanted();
      fill();
      if (!measure()) break;
    }
    stay();
    look();
  }

  /** Put the screen where the reader was. */
  function stay() {
    const end = document.documentElement.scrollHeight - window.innerHeight;
    const top = isAtEnd() ? end : anchor && listTop() + heights.topOf(anchor.index) - anchor.offset;
    if (top !== null && Math.abs(top - window.scrollY) >= 1) window.scrollTo({ top, behavior: "instant" });
  }

  /** @returns {[number, number]} the first line that has to be there, and the one behind the last */
  function wanted() {
    if (isWhole) return [0, lines.length];
    const top = window.scrollY - listTop();
    return [heights.indexAt(top - MARGIN_PX), heights.indexAt(top + window.innerHeight + MARGIN_PX) + 1];
  }

  function fill() {
    const shown = lines.slice(first, last);
    const keys = new Set(shown.map(content.keyOf));
    for (const [key, item] of items) if (!keys.has(key)) drop(key, item);
    let next = above.nextElementSibling;
    shown.forEach((line, at) => {
      const item = itemOf(line);
      if (item === next) next = item.nextElementSibling;
      else list.insertBefore(item, next);
      content.place(item, first + at, lines);
    });
    above.style.height = `${heights.topOf(first)}px`;
    below.style.height = `${heights.total() - heights.topOf(last)}px`;
  }

  function itemOf(line) {
    const key = content.keyOf(line);
    const item = items.get(key) ?? content.build(line);
    items.set(key, item);
    return item;
  }

  /** The focus must not be lost with the line that had it. */
  function drop(key, item) {
    if (item.contains(document.activeElement)) list.focus({ preventScroll: true });
    item.remove();
    items.delete(key);
  }

  /** @returns {boolean} whether any height is another than was thought */
  function measure() {
    const changes = lines.slice(first, last).map((line) => heights.measure(line, heightOf(itemOf(line))));
    return changes.includes(true);
  }
}

function heightOf(item) {
  return item.getBoundingClientRect().height;
}

function room() {
  const room = document.createElement("div");
  room.setAttribute("role", "presentation");
  return room;
}
