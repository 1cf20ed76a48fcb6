/** What happened to a session, newest first, in plain words. */

import { copyOf } from "./line_items.js";
import { causeInWords, eventInWords, isMinor } from "./journal_wording.js";
import { stateInWords } from "./wording.js";

/**
 * @typedef {{at: string, event: string, source: string, detail: Record<string, any>, revision: number, state: string}} Entry
 * @param {(id: string) => any} part @param {import("./api.js").Call} api @param {import("./act.js").Act} act
 * @param {{opened: () => import("./session_view.js").Opened | null}} subject
 */
export function createJournal(part, api, act, { opened }) {
  /** @type {Entry[]} */
  let entries = [];
  let isReading = false;
  let read = -1;
  let wanted = -1;
  part("every-step").addEventListener("change", show);
  return { refresh, clear };

  function clear() {
    entries = [];
    read = wanted = -1;
    part("journal-list").replaceChildren();
  }

  /** Read again what the session has gone through, once at a time. @param {{revision: number} | null} session */
  async function refresh(session) {
    wanted = Math.max(wanted, session?.revision ?? 0);
    if (isReading || wanted <= read) return;
    isReading = true;
    await act(part("show-journal"), readAll).finally(() => (isReading = false));
    if (read < wanted && entries.length > 0) refresh(session);
  }

  async function readAll() {
    const { id, signal } = opened();
    const asked = wanted;
    const response = await api(`/api/sessions/${encodeURIComponent(id)}/events`, { signal });
    entries = (await response.json()).events;
    read = asked;
    show();
  }

  function show() {
    const every = part("every-step").checked;
    const told = entries.map((entry, index) => ({ entry, before: entries[index - 1]?.state }));
    const shown = told.filter(({ entry, before }) => every || !isMinor(entry) || entry.state !== before);
    part("journal-list").replaceChildren(...shown.reverse().map(({ entry, before }) => entryItem(entry, before)));
  }

  /** @param {Entry} entry @param {string | undefined} before the state that it found */
  function entryItem(entry, before) {
    const item = copyOf(part("entry"));
    const time = item.querySelector("time");
    time.dateTime = time.title = entry.at;
    time.textContent = new Date(entry.at).toLocaleTimeString();
    item.querySelector(".what").textContent = eventInWords(entry);
    item.querySelector(".why").textContent = causeInWords(entry);
    item.dataset.event = entry.event;
    const state = /** @type {HTMLElement} */ (item.querySelector(".state"));
    state.hidden = entry.state === before;
    state.textContent = stateInWords(entry);
    state.dataset.state = entry.state;
    return item;
  }
}
