/** The sessions, newest first, read again every few seconds while somebody looks. */

import { Problem } from "./api.js";
import { callId, callInWords, momentInWords, stateInWords } from "./wording.js";

const PAGE = 20;
const MOST_PER_READ = 100;
const READ_EVERY_MS = 5_000;

/**
 * @typedef {{list: HTMLElement, none: HTMLElement, more: HTMLButtonElement, problem: HTMLElement,
 *   row: HTMLTemplateElement}} Parts
 * @param {Parts} parts @param {import("./api.js").Call} api
 * @param {{onSession: (session: any) => void, onReached: (isReached: boolean) => void}} told each one read, and whether it
 *   could be
 */
export function createSessionsList(parts, api, { onSession, onReached }) {
  /** @type {any[]} */
  let sessions = [];
  /** @type {Map<string, Element>} */
  const rows = new Map();
  const erased = new Set();
  let wanted = PAGE;
  let chosen = "";
  let isReading = false;
  parts.more.addEventListener("click", readMore);
  document.addEventListener("visibilitychange", read);
  setInterval(read, READ_EVERY_MS);
  return { read, take, choose, forget };

  async function read() {
    if (document.hidden || isReading) return;
    isReading = true;
    try {
      const found = await readNewest();
      const there = found.sessions.filter(({ id }) => !erased.has(id));
      sessions = there.map((session) => newerSession(known(session.id), session));
      parts.more.hidden = !found.hasMore;
      parts.none.hidden = sessions.length > 0;
      parts.problem.textContent = "";
      show();
      for (const session of sessions) onSession(session);
      onReached(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      parts.problem.textContent = `${error.message} ${error.remedy}`;
      onReached(false);
    } finally {
      isReading = false;
    }
  }

  /** As many as are wanted, page by page. */
  async function readNewest() {
    const found = [];
    let cursor = "";
    do {
      const limit = String(Math.min(wanted - found.length, MOST_PER_READ));
      const query = new URLSearchParams({ limit, ...(cursor === "" ? {} : { cursor }) });
      const page = await (await api(`/api/sessions?${query}`)).json();
      found.push(...page.sessions);
      cursor = page.next ?? "";
    } while (cursor !== "" && found.length < wanted);
    return { sessions: found, hasMore: cursor !== "" };
  }

  function readMore() {
    wanted += PAGE;
    read();
  }

  /** A session as another part of the page knows it; one that is older than all here is left out. */
  function take(session) {
    const old = known(session.id);
    if (old === null && session.id < (sessions[0]?.id ?? "")) return;
    if (old === null) sessions.unshift(session);
    else sessions[sessions.indexOf(old)] = newerSession(old, session);
    parts.none.hidden = true;
    show();
  }

  /** It was erased; a read that is under way may still have it. */
  function forget(id) {
    erased.add(id);
    sessions = sessions.filter((session) => session.id !== id);
    parts.none.hidden = sessions.length > 0;
    show();
  }

  function choose(id) {
    chosen = id;
    show();
  }

  function known(id) {
    return sessions.find((session) => session.id === id) ?? null;
  }

  /** Rows that are there stay, and with them the focus. */
  function show() {
    const now = new Date();
    const ids = new Set(sessions.map(({ id }) => id));
    for (const [id, row] of rows) if (!ids.has(id)) drop(id, row);
    sessions.forEach((session, index) => {
      const row = rowOf(session.id);
      if (parts.list.children[index] !== row) parts.list.insertBefore(row, parts.list.children[index] ?? null);
      fill(row, session, now);
    });
  }

  function rowOf(id) {
    const row = rows.get(id) ?? /** @type {Element} */ (parts.row.content.firstElementChild.cloneNode(true));
    rows.set(id, row);
    return row;
  }

  function drop(id, row) {
    row.remove();
    rows.delete(id);
  }

  function fill(row, session, now) {
    const link = row.querySelector("a");
    link.href = `#/sessions/${session.id}`;
    link.setAttribute("aria-current", session.id === chosen ? "page" : "false");
    link.querySelector(".call").textContent = callInWords(session);
    link.querySelector(".call").title = callId(session);
    link.querySelector(".provider").textContent = session.call.provider ?? "";
    link.querySelector(".when").textContent = momentInWords(session.createdAt, now);
    const state = link.querySelector(".state");
    state.textContent = stateInWords(session);
    state.dataset.state = session.state;
  }
}

/** Messages may overtake each other. */
function newerSession(known, incoming) {
  return known !== null && incoming.revision <= known.revision ? known : incoming;
}
