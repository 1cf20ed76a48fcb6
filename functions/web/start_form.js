/** The form that starts a session. What is wrong is said by the API and shown at the field that it names. */

import { Problem } from "./api.js";

const FALLBACK_LOCALE = "en-US";

/**
 * @param {HTMLFormElement} form @param {import("./api.js").Call} api
 * @param {(session: any) => void} onStarted
 */
export function createStartForm(form, api, onStarted) {
  const call = /** @type {HTMLInputElement} */ (form.elements.namedItem("call"));
  const locale = /** @type {HTMLInputElement} */ (form.elements.namedItem("locale"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const elsewhere = /** @type {HTMLElement} */ (form.querySelector("#start-problem"));
  locale.value = /^[a-z]{2,3}-[A-Z]{2}$/.test(navigator.language) ? navigator.language : FALLBACK_LOCALE;
  form.addEventListener("submit", onSubmit);

  async function onSubmit(event) {
    event.preventDefault();
    showProblem(null);
    button.disabled = true;
    try {
      const response = await api("/api/sessions", { method: "POST", body: request() });
      onStarted(await response.json());
      call.value = "";
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showProblem(error);
    } finally {
      button.disabled = false;
    }
  }

  function request() {
    const given = new FormData(form);
    return {
      call: { [String(given.get("kind"))]: call.value },
      locale: locale.value.trim(),
      interimResults: given.has("interimResults"),
    };
  }

  /** @param {Problem | null} problem */
  function showProblem(problem) {
    const field = fieldOf(problem);
    elsewhere.textContent = problem !== null && field === null ? inWords(problem) : "";
    for (const input of [call, locale]) {
      const isWrong = input === field;
      input.setAttribute("aria-invalid", String(isWrong));
      document.getElementById(input.getAttribute("aria-describedby")).textContent = isWrong ? inWords(problem) : "";
    }
    field?.focus();
  }

  function fieldOf(problem) {
    if (problem?.field === "locale") return locale;
    return problem?.field.split(".")[0] === "call" ? call : null;
  }
}

/** @param {Problem} problem */
function inWords(problem) {
  return `${problem.message} ${problem.remedy}`.trim();
}
