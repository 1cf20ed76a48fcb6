/** Whether the page is in contact with everything that tells it of a session. */

/**
 * @param {(lostAt: number | null) => void} onChanged gets when anything was last heard (ms since 1970), null when
 *   contact is back
 */
export function createContact(onChanged) {
  /** @type {Set<string>} */
  const lost = new Set();
  let heardAt = Date.now();
  return { lose, regain, heard, hasLost: (to) => lost.has(to), isWhole: () => lost.size === 0 };

  /** Told again as long as it lasts. @param {string} to one of those that must all be reached */
  function lose(to) {
    lost.add(to);
    if (lost.size === 1) onChanged(heardAt);
  }

  /** It is reached, or no longer needed. @param {string} to */
  function regain(to) {
    if (lost.delete(to) && lost.size === 0) onChanged(null);
  }

  function heard() {
    heardAt = Date.now();
  }
}
