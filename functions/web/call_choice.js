/** Which call a start names: whose it is, in which way it is named, and the fields that this takes. */

import { Problem } from "./api.js";
import { keepIn } from "./browser_storage.js";
import { suggestLocalesOf } from "./locale_lists.js";

const KEPT = "verbatim-provider";
const ASK_AGAIN_MS = 10_000;
const EMPTY = {
  call: { detail: "Here is nothing yet.", remedy: "Type the id of the call. The application that runs it knows it." },
  to: { detail: "Here is nothing yet.", remedy: "Type a number with + and country code, such as +15551230000." },
};

/**
 * @typedef {Record<"call" | "to" | "from" | "continueWith", string>} Typed
 * @typedef {"call" | "to"} First the field that is wrong where the API names the whole call, or where it is empty
 * @typedef {{first: First, isPlaced?: true, call: (typed: Typed) => object}} Way to name a call
 * @type {Record<string, Way>}
 */
const WAYS = {
  groupCallId: { first: "call", call: ({ call }) => ({ groupCallId: call.trim() }) },
  roomId: { first: "call", call: ({ call }) => ({ roomId: call.trim() }) },
  serverCallId: { first: "call", call: ({ call }) => ({ serverCallId: call.trim() }) },
  to: { first: "to", isPlaced: true, call: placed },
  placed: { first: "to", isPlaced: true, call: ({ to, from }) => ({ bandwidth: { to: asNumber(to), from: asNumber(from) } }) },
  callId: { first: "call", call: ({ call, continueWith }) => ({ bandwidth: { callId: call.trim(), continueWith } }) },
};

/**
 * @param {HTMLFormElement} form @param {import("./api.js").Call} api @param {() => void} onShown
 * @returns {() => Way} the way that is chosen now
 */
export function createCallChoice(form, api, onShown) {
  const storage = keepIn("localStorage");
  const providers = /** @type {HTMLElement} */ (form.querySelector("#providers"));
  form.addEventListener("change", onChosen);
  show();
  ask();
  return () => WAYS[way()];

  /** Whose calls this deployment serves; with one provider there is nothing to choose. */
  async function ask() {
    try {
      offer((await (await api("/api/providers")).json()).providers);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the list of sessions tells of it
      setTimeout(ask, ASK_AGAIN_MS);
    }
  }

  /** @param {string[]} served */
  function offer(served) {
    providers.hidden = served.length < 2;
    const last = storage.get(KEPT);
    if (providers.hidden || last === null || !served.includes(last)) return;
    chosen("provider").value = last;
    show();
  }

  function onChosen({ target }) {
    if (!(target instanceof HTMLInputElement && target.type === "radio")) return;
    if (target.name === "provider") storage.set(KEPT, target.value);
    show();
  }

  function show() {
    const provider = chosen("provider").value;
    for (const one of shownFor("provider")) one.hidden = one.dataset.provider !== provider;
    for (const one of shownFor("for")) one.hidden = !one.dataset.for.split(" ").includes(way());
    suggestLocalesOf(form.querySelector("[name=locale]"), provider);
    onShown();
  }

  /** @param {string} what @returns {NodeListOf<HTMLElement>} */
  function shownFor(what) {
    return form.querySelectorAll(`[data-${what}]`);
  }

  function way() {
    return chosen(chosen("provider").value).value;
  }

  /** @param {string} name */
  function chosen(name) {
    return /** @type {RadioNodeList} */ (form.elements.namedItem(name));
  }
}

/** What nobody typed is told in the page's words: the API's are about JSON. @param {Way} way @param {Typed} typed Raises Problem. */
export function refuseEmpty({ first }, typed) {
  if (typed[first].replace(/[,;\s]/g, "") === "") throw new Problem({ ...EMPTY[first], field: first });
}

/** @param {Typed} typed */
function placed({ to, from }) {
  const caller = asNumber(from);
  return { to: to.split(/[,;\n]/).map(asNumber).filter(Boolean), ...(caller === "" ? {} : { from: caller }) };
}

/** A phone number without what people write between its digits; anything else as it is. @param {string} typed */
function asNumber(typed) {
  const text = typed.trim();
  return /^\+[\d\s().\-/]+$/.test(text) ? text.replace(/[^+\d]/g, "") : text;
}
