/** What the browser keeps for this page. Where it keeps nothing, or has no room, it lasts until the page is left. */

/**
 * @typedef {object} Kept
 * @property {(name: string) => string | null} get
 * @property {(name: string, value: string) => boolean} set whether it outlasts the page
 * @property {(name: string) => void} remove
 *
 * @param {"localStorage" | "sessionStorage"} where for good, or for this tab. Where a person forbade it, each use throws.
 * @returns {Kept}
 */
export function keepIn(where) {
  /** @type {Map<string, string>} what the browser would not take */
  const ours = new Map();
  return { get, set, remove };

  /** @param {string} name */
  function get(name) {
    return ours.get(name) ?? tried((storage) => storage.getItem(name), null);
  }

  /** @param {string} name @param {string} value */
  function set(name, value) {
    const isKept = tried((storage) => (storage.setItem(name, value), true), false);
    if (isKept) ours.delete(name);
    else ours.set(name, value);
    return isKept;
  }

  /** @param {string} name */
  function remove(name) {
    ours.delete(name);
    tried((storage) => storage.removeItem(name), undefined);
  }

  /** @template T @param {(storage: Storage) => T} use @param {T} otherwise @returns {T} */
  function tried(use, otherwise) {
    try {
      return use(window[where]);
    } catch (error) {
      if (error instanceof DOMException) return otherwise;
      throw error;
    }
  }
}

/** For this tab, alone. */
export const tabStorage = keepIn("sessionStorage");
