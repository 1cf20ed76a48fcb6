/** What stands beside a transcript when it is asked for: what a search found, who speaks, and the journal. */

import { createJournal } from "./journal.js";
import { createPeople } from "./people.js";
import { createSearch } from "./search.js";

const PANELS = ["found", "people", "journal"];

/**
 * @param {(id: string) => any} part @param {import("./api.js").Call} api @param {import("./act.js").Act} act
 * @param {{opened: () => import("./session_view.js").Opened | null, take: (session: any) => void}} subject
 */
export function createSessionPanels(part, api, act, subject) {
  const search = createSearch(part, api, act, { ...subject, show });
  const people = createPeople(part, api, act, subject);
  const journal = createJournal(part, api, act, subject);
  let shown = "";
  for (const name of PANELS.slice(1)) part(`show-${name}`).addEventListener("click", () => toggle(name));
  for (const button of part("panels").querySelectorAll(".close")) button.addEventListener("click", closeByHand);
  part("panels").addEventListener("keydown", (event) => event.key === "Escape" && closeByHand());
  return { clear, showSession, showPeople: people.show };

  function clear() {
    search.clear();
    people.clear();
    journal.clear();
    show("");
  }

  /** @param {any} session */
  function showSession(session) {
    people.show();
    search.nameAgain();
    if (shown === "journal") journal.refresh(session);
  }

  function toggle(name) {
    show(shown === name ? "" : name);
    if (shown === "journal") journal.refresh(subject.opened().session());
  }

  function closeByHand() {
    const opener = shown === "found" ? part("query") : part(`show-${shown}`);
    if (shown === "found") search.clear();
    show("");
    opener.focus();
  }

  /** @param {string} name one of the panels, or none */
  function show(name) {
    shown = name;
    part("panels").hidden = name === "";
    for (const panel of PANELS) {
      part(panel).hidden = panel !== name;
      document.getElementById(`show-${panel}`)?.setAttribute("aria-expanded", String(panel === name));
    }
  }
}
