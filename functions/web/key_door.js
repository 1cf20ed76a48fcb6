/** Sign-in with a function key, which lives in this tab's session storage and travels in a header, never in a URL. */

import { tabStorage } from "./browser_storage.js";

const KEY = "verbatim-function-key";
const HEADER = "x-functions-key";
/** What a header can carry; keys are nothing else. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** Asks for a key when the service does. @param {import("./sign_in.js").Parts} parts @returns {import("./sign_in.js").SignIn} */
export function createKeySignIn({ keyDoor, house, signOut }) {
  const askForKey = createKeyDoor(keyDoor, house);
  /** @type {Promise<void> | null} */
  let asking = null;
  showSignOut();

  async function newKey(wasRefused) {
    let key = await askForKey(wasRefused);
    while (!SENDABLE.test(key)) key = await askForKey(true);
    tabStorage.set(KEY, key);
    showSignOut();
    asking = null;
  }

  function showSignOut() {
    signOut.hidden = kept() === null;
    signOut.textContent = "Forget the key";
    signOut.onclick = () => {
      tabStorage.remove(KEY);
      location.reload();
    };
  }

  return {
    async credentials() {
      const key = kept();
      return key === null ? {} : { [HEADER]: key };
    },
    async refused(used) {
      const key = used[HEADER] ?? null;
      if (key === kept()) asking ??= newKey(key !== null);
      await asking;
    },
  };
}

const kept = () => tabStorage.get(KEY);

/**
 * The door: asks for the key and hides everything else meanwhile.
 * @param {HTMLElement} door holds a form with one input and a place for an error @param {HTMLElement} house
 * @returns {(wasRefused: boolean) => Promise<string>} asks until something is typed
 */
function createKeyDoor(door, house) {
  const form = /** @type {HTMLFormElement} */ (door.querySelector("form"));
  const input = /** @type {HTMLInputElement} */ (door.querySelector("input"));
  const refusal = /** @type {HTMLElement} */ (door.querySelector("[role=alert]"));

  return (wasRefused) =>
    new Promise((resolve) => {
      refusal.textContent = wasRefused ? "This key was not accepted. Check that all of it was copied." : "";
      input.setAttribute("aria-invalid", String(wasRefused));
      show(true);
      input.focus();
      form.onsubmit = (event) => {
        event.preventDefault();
        const key = input.value.trim();
        if (key === "") return;
        input.value = "";
        show(false);
        resolve(key);
      };
    });

  function show(isClosed) {
    door.hidden = !isClosed;
    house.hidden = isClosed;
  }
}
