/** A viewer's access to one session: where its captions come from, and a token to read it with. */

import { Problem, callAsViewer } from "./api.js";

const RENEW_BEFORE_MS = 60_000;

/**
 * @typedef {{url: string, group: string, readToken: string, expiresAt: string}} Grant
 * @typedef {{url: (isAnew: boolean) => Promise<string>, readTranscript: (since: string | null) => Promise<Read>}} Access
 * @typedef {{session: object, lines: import("./transcript_model.js").Line[]}} Read
 */

/**
 * @param {import("./api.js").Call} api @param {string} sessionId @param {AbortSignal} signal
 * @returns {Access} `url` gives a fresh one where the last was no good; both raise Problem
 */
export function createCaptionsAccess(api, sessionId, signal) {
  /** @type {Grant | null} */
  let grant = null;

  async function renew() {
    const response = await api(`/api/sessions/${encodeURIComponent(sessionId)}/captions`, { method: "POST", signal });
    grant = /** @type {Grant} */ (await response.json());
    return grant;
  }

  async function current() {
    return grant === null || Date.parse(grant.expiresAt) - Date.now() < RENEW_BEFORE_MS ? renew() : grant;
  }

  /** A token may be refused early, as after a change of the server's secrets: then once more with a new one. */
  async function readPage(query) {
    const path = `/api/captions/${encodeURIComponent(sessionId)}/transcript?${query}`;
    try {
      return await callAsViewer(path, { bearer: (await current()).readToken, signal });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      return callAsViewer(path, { bearer: (await renew()).readToken, signal });
    }
  }

  return {
    url: async (isAnew) => (await (isAnew ? renew() : current())).url,
    readTranscript: async (since) => {
      let page = await (await readPage(new URLSearchParams(since === null ? {} : { since }))).json();
      const lines = page.segments;
      while (page.next !== undefined) {
        page = await (await readPage(new URLSearchParams({ cursor: page.next }))).json();
        lines.push(...page.segments);
      }
      return { session: page.session, lines };
    },
  };
}
