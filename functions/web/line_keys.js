/**
 * Line by line with the keyboard, in the way of the ARIA feed pattern: Page Up and Page Down go from line to line, Home
 * and End to the first and to the newest. The list is one stop of the tab order, however many lines it has.
 */

/**
 * @typedef {object} Steered
 * @property {(index: number) => void} reveal bring a line onto the screen, with the focus
 * @property {() => number} onScreen the first line there
 * @property {() => number} count
 * @property {() => void} jump to the newest, and stay there
 * @param {HTMLElement} list @param {Steered} steered @param {AbortSignal} signal
 */
export function steerByKeys(list, { reveal, onScreen, count, jump }, signal) {
  list.addEventListener("keydown", onKey, { signal });

  function onKey(event) {
    const last = count() - 1;
    const goal = goalOf(event.key, last);
    if (goal === undefined || last < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    reveal(goal);
    if (event.key === "End") jump();
  }

  function goalOf(key, last) {
    const item = document.activeElement?.closest("[aria-posinset]");
    const next = item ? Number(item.ariaPosInSet) : onScreen();
    const before = item ? next - 2 : next;
    return { PageDown: Math.min(next, last), PageUp: Math.max(before, 0), Home: 0, End: last }[key];
  }
}
