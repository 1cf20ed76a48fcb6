/** What a session is and how it does: its name, state, facts, and its trouble with the remedy. */

import { showNotice } from "./notices.js";
import { asOfInWords, callId, callInWords, durationInWords, isOver, languageInWords, momentInWords, sinceInWords, stateInWords } from "./wording.js";

const EVERY_MS = 1000;

/** @param {(id: string) => any} part an element of the page by its id */
export function createSessionHead(part) {
  /** @type {import("./captions.d.ts").Session | null} */
  let session = null;
  /** @type {number | null} when what is shown was last known to hold (ms since 1970); null if it is known now */
  let asOf = null;
  setInterval(showLength, EVERY_MS);
  return { show, showKnown, clear };

  /** @param {import("./captions.d.ts").Session} now */
  function show(now) {
    session = now;
    if (asOf !== null) asOf = Date.now();
    part("session-name").textContent = callInWords(session);
    sayState(stateInWords(session));
    part("session-state").dataset.state = session.state;
    showKnown(asOf);
    showFacts();
    showTrouble();
  }

  /** Those who listen hear whatever is put there, also the same again. @param {string} said */
  function sayState(said) {
    if (part("session-state").textContent !== said) part("session-state").textContent = said;
  }

  /** Claims nothing that is not known: a session that is not over may be in another state by now. @param {number | null} since */
  function showKnown(since) {
    asOf = since;
    const isDoubtful = asOf !== null && session !== null && !isOver(session);
    part("session-known").textContent = isDoubtful ? `, ${asOfInWords(new Date(asOf), new Date())}` : "";
  }

  function clear() {
    session = null;
    showKnown(asOf);
    part("session-name").textContent = "Loading…";
    part("session-state").textContent = "";
    part("session-facts").replaceChildren();
    for (const id of ["session-error", "session-problem", "action-problem"]) showNotice(part(id), null);
    part("replaced").hidden = true;
  }

  function showFacts() {
    const facts = [
      ["Call", callId(session)],
      ["Provider", session.call.provider ?? ""],
      ["Language", languageInWords(session.locale)],
      ["Started", momentInWords(session.startedAt ?? session.createdAt, new Date())],
      ["Length", lengthNow()],
    ];
    part("session-facts").replaceChildren(...facts.filter(([, fact]) => fact !== "").map(pair));
  }

  function showLength() {
    const shown = session && part("session-facts").querySelector("[data-fact=Length] dd");
    if (shown) shown.textContent = lengthNow();
  }

  function lengthNow() {
    if (session.duration !== undefined) return durationInWords(session.duration);
    return session.startedAt === undefined || isOver(session) ? "" : sinceInWords(session.startedAt, asOf ?? Date.now());
  }

  function showTrouble() {
    part("session-error").classList.toggle("failure", session.state === "failed");
    showNotice(part("session-error"), session.error);
    part("replaced").hidden = session.replacedBy === undefined;
    part("replaced").querySelector("a").href = `#/sessions/${session.replacedBy}`;
  }
}

function pair([name, fact]) {
  const [row, term, description] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  row.dataset.fact = name;
  term.textContent = name;
  description.textContent = description.title = fact;
  row.append(term, description);
  return row;
}
