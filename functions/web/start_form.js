/** The form that starts a session. What is wrong is said by the API and shown at the field that it names. */

import { Problem } from "./api.js";
import { createCallChoice, refuseEmpty } from "./call_choice.js";
import { likelyLocale } from "./locale_lists.js";

const NAMES = ["call", "to", "from", "continueWith", "locale", "tag"];

/**
 * @param {HTMLFormElement} form @param {import("./api.js").Call} api
 * @param {(session: any) => void} onStarted
 */
export function createStartForm(form, api, onStarted) {
  const inputs = Object.fromEntries(NAMES.map((name) => [name, field(form, name)]));
  const { call, to, locale, tag } = inputs;
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const elsewhere = /** @type {HTMLElement} */ (form.querySelector("#start-problem"));
  let isLocaleTheirs = false;
  const way = createCallChoice(form, api, onChosen);
  /** @type {{body: string, key: string}} */
  let tried = { body: "", key: "" };
  locale.addEventListener("input", () => (isLocaleTheirs = true));
  form.addEventListener("submit", onSubmit);

  /** Another call, or another way to name it. */
  function onChosen() {
    showProblem(null);
    if (!isLocaleTheirs) locale.value = likelyLocale(locale, navigator.language);
  }

  async function onSubmit(event) {
    event.preventDefault();
    if (button.disabled) return;
    showProblem(null);
    button.disabled = true;
    try {
      const body = request();
      const response = await api("/api/sessions", { method: "POST", body, headers: onceOnly(body) });
      onStarted(await response.json());
      for (const input of [call, to, tag]) input.value = "";
      tried = { body: "", key: "" };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showProblem(error);
    } finally {
      button.disabled = false;
    }
  }

  function request() {
    const given = new FormData(form);
    refuseEmpty(way(), typed());
    return {
      call: way().call(typed()),
      locale: locale.value.trim(),
      interimResults: given.has("interimResults"),
      startAt: given.has("setup") ? "setup" : "connected",
      ...(tag.value.trim() === "" ? {} : { tag: tag.value.trim() }),
    };
  }

  function typed() {
    return /** @type {any} */ (Object.fromEntries(NAMES.map((name) => [name, inputs[name].value])));
  }

  /** To ask again after a lost answer must not ring people twice. */
  function onceOnly(body) {
    if (!way().isPlaced) return {};
    const text = JSON.stringify(body);
    if (tried.body !== text) tried = { body: text, key: newKey() };
    return { "Idempotency-Key": tried.key };
  }

  /** @param {Problem | null} problem */
  function showProblem(problem) {
    const wrong = problem === null ? undefined : fieldOf(problem.field);
    elsewhere.textContent = problem !== null && wrong === undefined ? inWords(problem) : "";
    for (const input of Object.values(inputs)) {
      const isWrong = input === wrong;
      input.setAttribute("aria-invalid", String(isWrong));
      document.getElementById(`${input.name}-problem`).textContent = isWrong ? inWords(problem) : "";
    }
    const within = wrong?.closest("details");
    if (within) within.open = true;
    wrong?.focus();
  }

  /** @param {string} named as in call.to[0] */
  function fieldOf(named) {
    const names = named.split(/[.[]/).map((name) => (name === "callId" ? "call" : name));
    const found = names.toReversed().map((name) => inputs[name]).find(Boolean);
    return found?.closest("[hidden]") || found === call ? inputs[way().first] : found;
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Problem} problem */
function inWords(problem) {
  return `${problem.message} ${problem.remedy}`.trim();
}
