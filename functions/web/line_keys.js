/**
 * Line by line with the keyboard, in the way of the ARIA feed pattern: one line is in the tab order; Page Up and Page
 * Down go from line to line, Home and End to the first and to the newest.
 */

/**
 * @typedef {{reveal: (index: number) => void, count: () => number, jump: () => void}} Steered
 * @param {HTMLElement} list @param {Steered} steered @param {AbortSignal} signal
 */
export function steerByKeys(list, { reveal, count, jump }, signal) {
  let current = 0;
  list.addEventListener("keydown", onKey, { signal });
  list.addEventListener("focusin", onFocus, { signal });
  return { stand, isCurrent: (index) => index === Math.min(current, count() - 1) };

  /** From now on the tab order has this line. @param {number} index */
  function stand(index) {
    current = index;
    for (const item of list.querySelectorAll("[aria-posinset]")) {
      /** @type {HTMLElement} */ (item).tabIndex = Number(item.ariaPosInSet) - 1 === index ? 0 : -1;
    }
  }

  function onFocus({ target }) {
    const item = target.closest("[aria-posinset]");
    if (item !== null) stand(Number(item.ariaPosInSet) - 1);
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || count() === 0) return;
    const last = count() - 1;
    const goal = { PageDown: Math.min(current + 1, last), PageUp: Math.max(current - 1, 0), Home: 0, End: last }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    reveal(goal);
    if (event.key === "End") jump();
  }
}
