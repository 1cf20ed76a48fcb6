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
export async function reach(url, request) {
  try {
    return await fetch(url, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service cannot be reached.", remedy: "Check the network, then try again." });
  }
}

/** The response, or the problem that it tells of. @param {Response} response Raises Problem. */
export async function accepted(response) {
  if (response.ok) return response;
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  throw new Problem({ ...(isProblem ? await response.json() : {}), status: response.status });
}
