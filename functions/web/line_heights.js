/** Where each line of a long list stands, though only the few that were shown have been measured. Pure: no DOM. */

/**
 * @template Line
 * @param {(line: Line) => string} keyOf
 * @param {(line: Line) => number} sizeOf how much there is to show, in any unit: what was not measured is guessed by it
 */
export function createHeights(keyOf, sizeOf) {
  /** @type {readonly Line[]} */
  let lines = [];
  /** @type {Map<string, number>} */
  const measured = new Map();
  let tops = new Float64Array(1);
  let isStale = false;
  let measuredPx = 0;
  let measuredSize = 0;
  let pxOfSize = 1;
  return { setLines, measure, forget, topOf, indexAt, total };

  /** @param {readonly Line[]} now */
  function setLines(now) {
    lines = now;
    isStale = true;
  }

  /** Note a line's height. @param {Line} line @param {number} px @returns {boolean} whether it is another than before */
  function measure(line, px) {
    const key = keyOf(line);
    const known = measured.get(key);
    if (known !== undefined && Math.abs(known - px) < 0.01) return false;
    measured.set(key, px);
    measuredPx += px - (known ?? 0);
    if (known === undefined) measuredSize += sizeOf(line);
    isStale = true;
    return true;
  }

  /** Nothing is as high as it was, as after a change of the width; what was learnt helps to guess until it is seen. */
  function forget() {
    learn();
    measured.clear();
    measuredPx = measuredSize = 0;
    isStale = true;
  }

  /** @param {number} index one behind the last gives the end of all @returns {number} px from the list's beginning */
  function topOf(index) {
    refresh();
    return tops[index];
  }

  /** The line at a place. @param {number} y px from the list's beginning @returns {number} */
  function indexAt(y) {
    refresh();
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function total() {
    refresh();
    return tops[lines.length];
  }

  function refresh() {
    if (!isStale) return;
    isStale = false;
    learn();
    if (tops.length < lines.length + 1) tops = new Float64Array(2 * lines.length + 1);
    lines.forEach((line, index) => {
      tops[index + 1] = tops[index] + (measured.get(keyOf(line)) ?? sizeOf(line) * pxOfSize);
    });
  }

  function learn() {
    if (measuredSize > 0) pxOfSize = measuredPx / measuredSize;
  }
}
