/** A transcript as a file. */

const MOST_LINES = "1000";
const TYPES = { vtt: "text/vtt", srt: "application/x-subrip", txt: "text/plain", md: "text/markdown" };

/**
 * The whole transcript in one of the text formats. Raises Problem.
 * @param {import("./api.js").Call} api @param {string} sessionId @param {string} format @param {AbortSignal} signal
 */
export async function downloadText(api, sessionId, format, signal) {
  const response = await api(`${transcriptOf(sessionId)}?format=${format}`, { accept: TYPES[format], signal });
  save(await response.blob(), nameIn(response) ?? `${sessionId}.${format}`);
}

/** All pages as one. @param {import("./api.js").Call} api @param {string} sessionId @param {AbortSignal} signal Raises Problem. */
export async function downloadJson(api, sessionId, signal) {
  const segments = [];
  let page = { next: "", session: null };
  do {
    const query = new URLSearchParams({ limit: MOST_LINES, ...(page.next ? { cursor: page.next } : {}) });
    page = await (await api(`${transcriptOf(sessionId)}?${query}`, { signal })).json();
    segments.push(...page.segments);
  } while (page.next !== undefined);
  const text = JSON.stringify({ session: page.session, segments }, null, 2);
  save(new Blob([text], { type: "application/json" }), `${sessionId}.json`);
}

function transcriptOf(sessionId) {
  return `/api/sessions/${encodeURIComponent(sessionId)}/transcript`;
}

/** The name that the service gives the file. @param {Response} response */
function nameIn(response) {
  return /filename="([^"/\\]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
}

/** The key must not be in a URL, so the file is fetched and then handed to the browser. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
