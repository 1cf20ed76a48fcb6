/** The HTTP API. The function key lives in this tab's session storage and travels in a header, never in a URL. */

const KEY = "verbatim-function-key";
/** What a header can carry; keys are nothing else. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** What went wrong, with what a person can do about it. `status` is 0 where no answer came. */
export class Problem extends Error {
  /** @param {{status?: number, title?: string, detail?: string, code?: string, field?: string, remedy?: string}} said */
  constructor({ status = 0, title = "", detail = "", code = "", field = "", remedy = "" }) {
    super(detail || title || `The service answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.field = field;
    this.remedy = remedy;
  }
}

/**
 * @typedef {{method?: string, body?: unknown, signal?: AbortSignal, accept?: string,
 *   headers?: Record<string, string>}} Options
 * @typedef {(path: string, options?: Options) => Promise<Response>} Call Raises Problem.
 */

/**
 * The API as a function; it asks for the key when the API does.
 * @param {(wasRefused: boolean) => Promise<string>} askForKey @returns {Call}
 */
export function createApi(askForKey) {
  /** @type {Promise<void> | null} */
  let asking = null;

  async function newKey(wasRefused) {
    let key = await askForKey(wasRefused);
    while (!SENDABLE.test(key)) key = await askForKey(true);
    sessionStorage.setItem(KEY, key);
    asking = null;
  }

  return async function call(path, options = {}) {
    for (;;) {
      const key = sessionStorage.getItem(KEY);
      const response = await send(path, options, key === null ? {} : { "x-functions-key": key });
      if (response.status !== 401) return accepted(response);
      if (key === sessionStorage.getItem(KEY)) asking ??= newKey(key !== null);
      await asking;
      options.signal?.throwIfAborted();
    }
  };
}

/** @param {string} path @param {Options} options @param {Record<string, string>} credentials */
async function send(path, { method = "GET", body, signal, accept = "application/json", ...more }, credentials) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  const headers = { Accept: accept, ...more.headers, ...content, ...credentials };
  try {
    return await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service cannot be reached.", remedy: "Check the network, then try again." });
  }
}

/** The response, or the problem that it tells of. @param {Response} response */
async function accepted(response) {
  if (response.ok) return response;
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  throw new Problem({ ...(isProblem ? await response.json() : {}), status: response.status });
}
