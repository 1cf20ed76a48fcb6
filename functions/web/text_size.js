/** How large the words of a transcript are; this browser remembers it. */

import { keepIn } from "./browser_storage.js";

const KEPT = "verbatim-text-size";
const SIZES = [80, 90, 100, 115, 130, 150, 175, 200];

/**
 * @param {{smaller: HTMLButtonElement, larger: HTMLButtonElement, told: HTMLElement}} parts
 * @param {() => void} onChange
 */
export function createTextSize({ smaller, larger, told }, onChange) {
  const storage = keepIn("localStorage");
  const kept = Number(storage.get(KEPT));
  let size = SIZES.includes(kept) ? kept : 100;
  smaller.addEventListener("click", () => step(-1));
  larger.addEventListener("click", () => step(1));
  apply();

  function step(by) {
    const next = SIZES[SIZES.indexOf(size) + by];
    if (next === undefined) return;
    size = next;
    storage.set(KEPT, String(size));
    apply();
    told.textContent = `Text size ${size} %`;
    onChange();
  }

  function apply() {
    document.documentElement.style.setProperty("--reading", String(size / 100));
    smaller.ariaDisabled = String(size === SIZES[0]);
    larger.ariaDisabled = String(size === SIZES.at(-1));
  }
}
