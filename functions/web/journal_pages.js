/** A session's journal, which the service gives page by page. */

/**
 * All that happened so far, oldest first. Raises Problem.
 * @param {import("./api.js").Call} api @param {string} sessionId @param {AbortSignal} signal
 * @returns {Promise<import("./journal.js").Entry[]>}
 */
export async function readJournal(api, sessionId, signal) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}/events`;
  const entries = [];
  let cursor = "";
  do {
    const query = cursor === "" ? "" : `?${new URLSearchParams({ cursor })}`;
    const page = await (await api(path + query, { signal })).json();
    entries.push(...page.events);
    cursor = page.next ?? "";
  } while (cursor !== "");
  return entries;
}
