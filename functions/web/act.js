/** Things that a person does to a session: each once at a time, and what went wrong is said with its remedy. */

import { Problem } from "./api.js";

/**
 * @typedef {(control: HTMLElement, action: () => Promise<void>) => Promise<void>} Act
 * @param {(problem: Problem | null) => void} showProblem @param {HTMLElement} otherwise gets the focus where the control went away
 * @returns {Act}
 */
export function createAct(showProblem, otherwise) {
  const busy = new Set();

  return async function act(control, action) {
    if (busy.has(control)) return;
    busy.add(control);
    control.ariaBusy = "true";
    try {
      await action();
      showProblem(null);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Problem)) throw error;
      showProblem(error);
    } finally {
      busy.delete(control);
      control.ariaBusy = null;
      if (document.activeElement === document.body && !control.checkVisibility()) otherwise.focus();
    }
  };
}
