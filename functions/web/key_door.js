/** The door: asks for the function key and hides everything else meanwhile. */

/**
 * @param {HTMLElement} door holds a form with one input and a place for an error @param {HTMLElement} house
 * @returns {(wasRefused: boolean) => Promise<string>} asks until something is typed
 */
export function createKeyDoor(door, house) {
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
