/** A transcript as a file. */

const MOST_LINES = "1000";

/** @param {import("./api.js").Call} api @param {string} sessionId @returns {Promise<void>} Raises Problem. */
export async function downloadWebVtt(api, sessionId) {
  const response = await api(`${transcriptOf(sessionId)}?format=vtt`, { accept: "text/vtt" });
  save(await response.blob(), `${sessionId}.vtt`);
}

/** All pages as one. @param {import("./api.js").Call} api @param {string} sessionId Raises Problem. */
export async function downloadJson(api, sessionId) {
  const segments = [];
  let page = { next: "", session: null };
  do {
    const query = new URLSearchParams({ limit: MOST_LINES, ...(page.next ? { cursor: page.next } : {}) });
    page = await (await api(`${transcriptOf(sessionId)}?${query}`)).json();
    segments.push(...page.segments);
  } while (page.next !== undefined);
  const text = JSON.stringify({ session: page.session, segments }, null, 2);
  save(new Blob([text], { type: "application/json" }), `${sessionId}.json`);
}

function transcriptOf(sessionId) {
  return `/api/sessions/${encodeURIComponent(sessionId)}/transcript`;
}

/** The key must not be in a URL, so the file is fetched and then handed to the browser. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
