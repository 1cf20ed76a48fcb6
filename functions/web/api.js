/** The HTTP API, opened by whoever signed in, or by a viewer's token. */

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

/** A start waits half a minute for the call's provider at the most; what was asked for may be done all the same. */
const ANSWERS_WITHIN_MS = 60_000;
const SILENT = { detail: "The service does not answer.", remedy: "Look whether it was done, then try again." };
const UNREACHED = { detail: "The service cannot be reached.", remedy: "Check the network, then try again." };
/** As from the sign-in page of a network. */
const NOT_OURS = { detail: "Something else answered in place of the service.", remedy: "Check the network, then try again." };

/**
 * @typedef {{method?: string, body?: unknown, signal?: AbortSignal, accept?: string,
 *   headers?: Record<string, string>}} Options
 * @typedef {(path: string, options?: Options) => Promise<Response>} Call Raises Problem.
 */

/** The API as a function. @param {import("./sign_in.js").SignIn} signIn @returns {Call} */
export function createApi(signIn) {
  return async function call(path, options = {}) {
    for (;;) {
      const credentials = await signIn.credentials();
      options.signal?.throwIfAborted();
      const response = await send(path, options, credentials);
      if (response.status !== 401) return accepted(response);
      await signIn.refused(credentials);
      options.signal?.throwIfAborted();
    }
  };
}

/** @param {string} path @param {Options} options @param {Record<string, string>} credentials */
async function send(path, { method = "GET", body, signal, accept = "application/json", ...more }, credentials) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  const headers = { Accept: accept, ...more.headers, ...content, ...credentials };
  return reach(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** An answer, whatever it is. @param {string} url @param {RequestInit} [request] Raises Problem if none comes. */
export async function reach(url, request = {}) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWERS_WITHIN_MS);
  const signals = [late.signal, request.signal].filter(Boolean);
  try {
    return await fetch(url, { ...request, signal: AbortSignal.any(signals) });
  } catch (error) {
    if (late.signal.aborted) throw new Problem(SILENT);
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHED);
  } finally {
    clearTimeout(timer);
  }
}

/** The response, or the problem that it tells of. @param {Response} response Raises Problem. */
export async function accepted(response) {
  const type = response.headers.get("Content-Type") ?? "";
  if (response.ok && type.startsWith("text/html")) throw new Problem(NOT_OURS);
  if (response.ok) return response;
  const isProblem = type.startsWith("application/problem+json");
  throw new Problem({ ...(isProblem ? await response.json() : {}), status: response.status });
}
