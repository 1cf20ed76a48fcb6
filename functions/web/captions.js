/**
 * Live captions of one session, in any page: every final once and in order, though sockets break, finals come late
 * and viewers reload. It needs no other file, so it can be imported from the app or copied. Types: captions.d.ts.
 *
 * Captions come over a Web PubSub socket. A short break is recovered there (the reliable subprotocol); whatever else
 * may have been lost is read over HTTP, from the newest segment up to which nothing is missing, and merged by id.
 *
 * @typedef {import("./captions.d.ts").Options} Options
 * @typedef {import("./captions.d.ts").Captions} Captions
 * @typedef {import("./captions.d.ts").CaptionsAccess} CaptionsAccess
 * @typedef {import("./captions.d.ts").Caption} Caption
 * @typedef {import("./captions.d.ts").Gap} Gap
 * @typedef {import("./captions.d.ts").Line} Line
 * @typedef {import("./captions.d.ts").Session} Session
 * @typedef {import("./captions.d.ts").Connection} Connection
 * @typedef {Caption & {segmentId: string, durationMs: number}} Final
 * @typedef {{session: Session, segments: unknown[], next?: string}} Page
 */

const SUBPROTOCOL = "json.reliable.webpubsub.azure.v1";
/** Web PubSub keeps a connection that long for who comes back. */
const RECOVER_WITHIN_MS = 30_000;
const CONNECT_WITHIN_MS = 10_000;
const PING_AFTER_MS = 20_000;
const PONG_WITHIN_MS = 5_000;
const ACK_AFTER_MS = 1_000;
/** Timers of hidden tabs run once a minute, and Web PubSub drops who leaves 1,000 messages unacknowledged. */
const ACK_AFTER_MESSAGES = 100;
const STEADY_AFTER_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const GATHER_MS = 200;
const ANSWER_WITHIN_MS = 20_000;
const RENEW_BEFORE_MS = 60_000;
const SHORTEST_LIFE_MS = 10_000;
/** Finals may be two minutes late; a few seconds for their way. */
const LATE_FINALS_MS = 125_000;
/** Who still looks that long after the end sees it at once if the session is started again. */
const RESTART_WITHIN_MS = 3_600_000;
const SILENT_AFTER_MS = 20_000;
const TICK_MS = 5_000;
const SLEPT_AFTER_MS = 15_000;

const NOT_ALLOWED = 401;
const NOT_FOUND = 404;
const GONE = 410;
const NORMAL_CLOSURE = 1000;
const NOT_RECOVERED = 1008;

/** Why the transcript cannot be read, and what a person can do about it. */
export class CaptionsProblem extends Error {
  /** @param {string} message @param {{status?: number, code?: string, remedy?: string}} [details] */
  constructor(message, { status = 0, code = "", remedy = "" } = {}) {
    super(message);
    this.name = "CaptionsProblem";
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

/**
 * Read a session along until closed.
 * @param {Options} options @returns {Captions}
 */
export function connectCaptions(options) {
  const closing = new AbortController();
  const { signal } = closing;
  const root = rootOf(options.baseUrl);
  if (typeof options.getAccess !== "function") throw new TypeError("getAccess has to be a function.");
  const access = createAccess(options.getAccess, signal);
  const transcript = createTranscript();
  /** @type {Session | null} */
  let session = null;
  /** @type {Connection | null} */
  let connection = null;
  /** @type {{stop: AbortController, wake: () => void} | null} */
  let socket = null;
  /** @type {CaptionsProblem | null} */
  let problem = null;
  let hasRead = false;
  let isReading = false;
  let isOut = false;
  let failures = 0;
  let readTimer = 0;
  let endTimer = 0;
  let overSince = 0;
  /** @type {number | null} */
  let hiddenSince = isHidden() ? Date.now() : null;
  let tickedAt = Date.now();
  const ticking = setInterval(tick, TICK_MS);
  options.signal?.addEventListener("abort", close);
  globalThis.addEventListener?.("online", wake);
  globalThis.document?.addEventListener("visibilitychange", onVisibility);
  if (options.signal?.aborted) close();
  readSoon(0);
  return {
    lines: transcript.lines,
    get interims() {
      return transcript.interims();
    },
    get session() {
      return session;
    },
    nameOf,
    takeSession,
    close,
  };

  function close() {
    leave();
    closing.abort();
    options.signal?.removeEventListener("abort", close);
  }

  /** Nothing is done any more, but what is told. */
  function leave() {
    isOut = true;
    socket?.stop.abort();
    socket = null;
    clearTimeout(readTimer);
    clearTimeout(endTimer);
    clearInterval(ticking);
    globalThis.removeEventListener?.("online", wake);
    globalThis.document?.removeEventListener("visibilitychange", onVisibility);
  }

  /** @param {string} speakerId */
  function nameOf(speakerId) {
    const names = session?.speakers ?? {};
    return Object.hasOwn(names, speakerId) ? names[speakerId] : undefined;
  }

  // --- what is told

  /** @param {() => void} callBack */
  function tell(callBack) {
    if (signal.aborted) return;
    try {
      callBack();
    } catch (error) {
      reportError(error);
    }
  }

  /** @param {readonly Line[]} lines */
  function tellLines(lines) {
    for (const line of lines) {
      if ("gap" in line) tell(() => options.onGap?.(line));
      else tell(() => options.onCaption?.(line));
    }
  }

  function tellInterims() {
    if (transcript.haveInterimsChanged()) tell(() => options.onInterimsChanged?.());
  }

  /** @param {Connection} now */
  function tellConnection(now) {
    if (connection === now) return;
    connection = now;
    tell(() => options.onConnection?.(now));
  }

  /** @param {CaptionsProblem | null} now */
  function tellProblem(now) {
    if (problem?.code === now?.code && problem?.message === now?.message) return;
    problem = now;
    tell(() => options.onProblem?.(now));
  }

  // --- captions

  function listen() {
    if (socket !== null) return;
    tellConnection("connecting");
    const stop = new AbortController();
    socket = { stop, wake: stayConnected({ access, onConnected, onMessage, onLost, onLoss: lookAgain }, stop.signal) };
  }

  /** A session that is over may be started again, which somebody who looks shall see. */
  function listenWhileOfUse() {
    clearTimeout(endTimer);
    if (session === null || !isOver(session)) return listen();
    const rest = listenUntil({ overSince, hiddenSince }) - Date.now();
    if (rest <= 0) return stopListening();
    listen();
    endTimer = setTimeout(listenWhileOfUse, rest);
  }

  /** Nothing comes any more: the connection is given up, after one last read. */
  function stopListening() {
    if (socket !== null) lookAgain();
    socket?.stop.abort();
    socket = null;
    tellConnection("ended");
  }

  /** @param {boolean} isRecovered nothing was lost */
  function onConnected(isRecovered) {
    tellConnection("live");
    if (isRecovered) return;
    transcript.noteMissed();
    readNow();
  }

  /** @param {boolean} isKept the service keeps what comes until we are back */
  function onLost(isKept) {
    tellConnection("reconnecting");
    if (!isKept) lookAgain();
  }

  /** What is not understood is for newer clients. @param {unknown} data */
  function onMessage(data) {
    const { type, ...message } = /** @type {any} */ (data ?? {});
    if (type === "session") takeSession(message);
    if (type === "caption") takeCaption(message);
    if (transcript.mayLackLines()) readSoon(GATHER_MS);
  }

  /** @param {any} message */
  function takeCaption(message) {
    const caption = asCaption(message, true);
    if (caption === null) return;
    if (isFinal(caption)) tellLines(transcript.takeFinal(caption));
    else if (!caption.final && transcript.takeInterim(caption, performance.now())) tellLines([caption]);
    tellInterims();
  }

  function tick() {
    const slept = Date.now() - tickedAt > SLEPT_AFTER_MS;
    tickedAt = Date.now();
    transcript.forgetSilent(performance.now());
    tellInterims();
    if (slept) wake();
  }

  /** The network is another one, or this machine was asleep. */
  function wake() {
    socket?.wake();
    if (readTimer !== 0) readNow();
    lookAfterTheEnd();
  }

  function onVisibility() {
    hiddenSince = isHidden() ? Date.now() : null;
    if (hiddenSince === null) lookAfterTheEnd();
    else if (socket !== null) listenWhileOfUse();
  }

  /** While nobody listened, the session may have been started again. */
  function lookAfterTheEnd() {
    if (session === null || !isOver(session)) return;
    const hasListened = socket !== null;
    listenWhileOfUse();
    if (!hasListened && socket === null) lookAgain();
  }

  // --- the session

  /** @param {Session} incoming */
  function takeSession(incoming) {
    const before = session;
    if (isOut || !isNewer(incoming, before)) return;
    session = incoming;
    tell(() => options.onSession?.(incoming));
    if (before?.state !== incoming.state) onStateChanged(incoming, before === null);
  }

  /** @param {Session} current @param {boolean} isFirst */
  function onStateChanged(current, isFirst) {
    if (current.state !== "active") transcript.forgetInterims();
    tellInterims();
    if (isOut) return;
    if (!isFirst) lookAgain();
    if (isOver(current)) overSince = isFirst ? endOf(current) : Date.now();
    listenWhileOfUse();
  }

  // --- reads

  function lookAgain() {
    transcript.noteMissed();
    readSoon(GATHER_MS);
  }

  /** @param {number} ms */
  function readSoon(ms) {
    if (isReading || readTimer !== 0 || isOut) return;
    readTimer = setTimeout(read, ms * (0.5 + Math.random()));
  }

  /** Whatever made the last reads fail may be over. */
  function readNow() {
    clearTimeout(readTimer);
    readTimer = 0;
    readSoon(GATHER_MS);
  }

  async function read() {
    readTimer = 0;
    isReading = true;
    if (connection === null) tellConnection("connecting");
    try {
      await readOnce();
      failures = 0;
      tellProblem(null);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      onReadFailed(asProblem(error));
    } finally {
      isReading = false;
    }
    if (transcript.mayLackLines()) readSoon(Math.min(GATHER_MS * 4 ** failures, LONGEST_PAUSE_MS));
  }

  /** @param {CaptionsProblem} found */
  function onReadFailed(found) {
    const isGone = found.code === "session-gone";
    if (isGone) leave();
    tellProblem(found);
    if (isGone) tellConnection("ended");
  }

  async function readOnce() {
    const reading = transcript.beginRead();
    /** @type {Record<string, string>} */
    let query = reading.since === null ? {} : { since: reading.since };
    for (;;) {
      const page = await readPage(root, access, query, signal);
      if (signal.aborted) return;
      takeSession(page.session);
      tellLines(transcript.takePage(page.segments.flatMap((line) => asLine(line, hasRead) ?? [])));
      tellInterims();
      if (page.next === undefined) break;
      query = { cursor: page.next };
    }
    hasRead = true;
    transcript.finishRead(reading);
  }
}

// --- access: where captions come from, and a token to read with

/**
 * @typedef {object} Access
 * @property {() => Promise<CaptionsAccess>} current
 * @property {(refused: CaptionsAccess) => Promise<CaptionsAccess>} instead another one than that
 */

/**
 * The embedder's access, asked for once at a time. Raises CaptionsProblem.
 * @param {Options["getAccess"]} getAccess @param {AbortSignal} signal @returns {Access}
 */
function createAccess(getAccess, signal) {
  /** @type {CaptionsAccess | null} */
  let known = null;
  let renewAt = 0;
  /** @type {Promise<CaptionsAccess> | null} */
  let asking = null;

  async function ask() {
    const given = checkedAccess(await answerOf((limit) => getAccess(limit), signal).catch(refuse), known);
    renewAt = Date.now() + usableMs(given);
    known = given;
    return given;
  }

  function renew() {
    asking ??= ask().finally(() => (asking = null));
    return asking;
  }

  return {
    current: async () => (known === null || Date.now() > renewAt ? renew() : known),
    instead: async (refused) => (known === refused || known === null ? renew() : known),
  };
}

/**
 * How long access is good for (ms). This machine's clock may be wrong: where it says that fresh access is over, only a
 * refusal shows when to ask again.
 * @param {CaptionsAccess} access
 */
function usableMs({ expiresAt }) {
  const life = Date.parse(expiresAt) - Date.now();
  return life > SHORTEST_LIFE_MS ? life - Math.min(RENEW_BEFORE_MS, life / 4) : Infinity;
}

/** @param {any} given @param {CaptionsAccess | null} before @returns {CaptionsAccess} */
function checkedAccess(given, before) {
  const isWhole = /^wss?:/.test(given?.url) && /^session-./.test(given?.group) && typeof given?.readToken === "string";
  if (isWhole && (before === null || before.group === given.group)) return given;
  const wrong = isWhole ? "access to another session than before" : "something else than access";
  throw new CaptionsProblem(`getAccess gave ${wrong}.`, {
    code: "access-malformed",
    remedy: "It has to resolve to the answer of POST /api/sessions/{id}/captions, unchanged.",
  });
}

/** What the embedder's own errors mean to a viewer. @param {any} error @returns {never} */
function refuse(error) {
  const { status = 0, code, remedy } = error ?? {};
  if (status === GONE || isNotFound(status, code)) throw sessionGone(status);
  const message = `Access to the captions could not be got. ${error?.message ?? ""}`.trim();
  throw new CaptionsProblem(message, {
    status,
    code: "access-failed",
    remedy: remedy || "It is tried again. If it stays so, sign in again or ask those who run this page.",
  });
}

/** A 404 of whatever stands in between, as during a deployment, says nothing of the session. @param {number} status @param {unknown} code */
function isNotFound(status, code) {
  return status === NOT_FOUND && code === "not-found";
}

/** @param {number} status */
function sessionGone(status) {
  return new CaptionsProblem("The transcript is not there any more.", {
    status,
    code: "session-gone",
    remedy: "It was erased, or never was. Nothing can be read; start a new session to go on.",
  });
}

// --- reads over HTTP

/** @param {string} baseUrl */
function rootOf(baseUrl) {
  const root = new URL(baseUrl, globalThis.location?.href);
  return `${root.origin}${root.pathname.replace(/\/+$/, "")}`;
}

/**
 * A page of the transcript. A token may be refused early, as after a change of the server's secrets: then once more
 * with another one. Raises CaptionsProblem.
 * @param {string} root @param {Access} access @param {Record<string, string>} query @param {AbortSignal} signal
 * @returns {Promise<Page>}
 */
async function readPage(root, access, query, signal) {
  const used = await access.current();
  const first = await askForPage(root, used, query, signal);
  if (first.status !== NOT_ALLOWED) return pageOf(first);
  const fresh = await access.instead(used);
  if (fresh.readToken === used.readToken) {
    throw new CaptionsProblem("The access to the captions is over.", {
      status: NOT_ALLOWED,
      code: "access-stale",
      remedy: "getAccess gave the same access again; it has to ask for a new one each time.",
    });
  }
  const second = await askForPage(root, fresh, query, signal);
  if (second.status === NOT_ALLOWED) throw sessionGone(NOT_ALLOWED);
  return pageOf(second);
}

/** @typedef {{status: number, body: any}} Answer */

/**
 * @param {string} root @param {CaptionsAccess} access @param {Record<string, string>} query @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function askForPage(root, { group, readToken }, query, signal) {
  const id = encodeURIComponent(group.slice("session-".length));
  const headers = { Accept: "application/json", Authorization: `Bearer ${readToken}` };
  const url = `${root}/api/captions/${id}/transcript?${new URLSearchParams(query)}`;
  return answerOf(async (limit) => {
    const response = await fetch(url, { headers, signal: limit, credentials: "omit", cache: "no-store" });
    return { status: response.status, body: await response.json().catch(() => null) };
  }, signal);
}

/** @param {Answer} answer @returns {Page} */
function pageOf({ status, body }) {
  if (status === 200 && body?.session && Array.isArray(body.segments)) return body;
  if (isNotFound(status, body?.code)) throw sessionGone(status);
  throw new CaptionsProblem(body?.detail || `The captions service answered ${status}.`, {
    status,
    code: body?.code || "unexpected-answer",
    remedy: body?.remedy || "It is tried again. If it stays so, check the address of the captions service.",
  });
}

/**
 * What `ask` comes to, if it does so in time.
 * @template T @param {(limit: AbortSignal) => Promise<T>} ask @param {AbortSignal} signal @returns {Promise<T>}
 */
function answerOf(ask, signal) {
  return new Promise((resolve, reject) => {
    const limit = new AbortController();
    const giveUp = () => limit.abort(new DOMException("No answer came in time.", "TimeoutError"));
    const timer = setTimeout(giveUp, ANSWER_WITHIN_MS);
    const leave = () => limit.abort(signal.reason);
    limit.signal.addEventListener("abort", () => reject(limit.signal.reason));
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    Promise.resolve()
      .then(() => ask(limit.signal))
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      });
  });
}

/** @param {unknown} error @returns {CaptionsProblem} */
function asProblem(error) {
  if (error instanceof CaptionsProblem) return error;
  return new CaptionsProblem("The captions service cannot be reached.", {
    code: "unreachable",
    remedy: "Check the network. It is tried again by itself.",
  });
}

// --- the Web PubSub connection

/**
 * @typedef {object} Listener
 * @property {Access} access
 * @property {(isRecovered: boolean) => void} onConnected captions come from now on
 * @property {(message: unknown) => void} onMessage
 * @property {(isKept: boolean) => void} onLost; the service may keep what comes for a while
 * @property {() => void} onLoss messages were lost
 *
 * @typedef {object} Standing what a connection needs to be recovered
 * @property {string} id @property {string} token @property {number} sequence the newest message's
 * @property {number} lostAt ms since 1970
 */

/**
 * Stay connected until the signal. The token in the URL joins the group, so nothing has to be asked for.
 * @param {Listener} listener @param {AbortSignal} signal
 * @returns {() => void} to be called when the network may have changed
 */
function stayConnected(listener, signal) {
  /** @type {Standing | null} */
  let standing = null;
  /** @type {CaptionsAccess | null} */
  let refused = null;
  let url = "";
  let failures = 0;
  let wake = () => {};
  run();
  return () => wake();

  async function run() {
    while (!signal.aborted) {
      const since = Date.now();
      const stood = await connectOnce();
      if (signal.aborted) return;
      failures = stood && Date.now() - since > STEADY_AFTER_MS ? 0 : failures + 1;
      listener.onLost(stood && standing !== null);
      await pause();
    }
  }

  /** @returns {Promise<boolean>} whether it ever stood */
  async function connectOnce() {
    if (standing !== null && Date.now() - standing.lostAt < RECOVER_WITHIN_MS) return recover(standing);
    standing = null;
    try {
      const access = await (refused === null ? listener.access.current() : listener.access.instead(refused));
      if (signal.aborted) return false;
      url = access.url;
      const stood = await converse(url);
      refused = stood ? null : access;
      return stood;
    } catch {
      return false; // the reads, which need the same access, tell of it
    }
  }

  /** @param {Standing} lost */
  function recover({ id, token }) {
    const back = new URL(url);
    back.searchParams.set("awps_connection_id", id);
    back.searchParams.set("awps_reconnection_token", token);
    return converse(back.href);
  }

  /**
   * One socket from its beginning to its end.
   * @param {string} address @returns {Promise<boolean>} whether it ever stood
   */
  function converse(address) {
    return new Promise((resolve) => {
      const socket = new WebSocket(address, SUBPROTOCOL);
      let isConnected = false;
      let unacknowledged = 0;
      let ackTimer = 0;
      let watch = setTimeout(end, CONNECT_WITHIN_MS);
      signal.addEventListener("abort", leave);
      socket.onclose = ({ code }) => {
        if (code === NORMAL_CLOSURE || code === NOT_RECOVERED) standing = null;
        end();
      };
      socket.onmessage = ({ data }) => {
        clearTimeout(watch);
        watch = setTimeout(ping, PING_AFTER_MS);
        take(parsed(data));
      };
      wake = () => isConnected && ping();

      /** @param {any} frame */
      function take(frame) {
        if (frame?.type === "system" && frame.event === "connected") greet(frame);
        if (frame?.type === "system" && frame.event === "disconnected") standing = null;
        if (frame?.type !== "message" || !isNew(frame.sequenceId)) return;
        if (frame.from === "group") listener.onMessage(frame.data);
      }

      /** @param {{connectionId: string, reconnectionToken?: string}} frame */
      function greet({ connectionId, reconnectionToken }) {
        isConnected = true;
        const isRecovered = standing?.id === connectionId;
        if (!isRecovered && reconnectionToken) {
          standing = { id: connectionId, token: reconnectionToken, sequence: 0, lostAt: 0 };
        }
        listener.onConnected(isRecovered);
      }

      /** @param {number | undefined} sequence */
      function isNew(sequence) {
        if (standing === null || typeof sequence !== "number") return true;
        acknowledgeSoon();
        if (sequence <= standing.sequence) return false;
        if (sequence > standing.sequence + 1) listener.onLoss();
        standing.sequence = sequence;
        return true;
      }

      function acknowledgeSoon() {
        unacknowledged += 1;
        if (unacknowledged >= ACK_AFTER_MESSAGES) acknowledge();
        else if (ackTimer === 0) ackTimer = setTimeout(acknowledge, ACK_AFTER_MS);
      }

      function acknowledge() {
        clearTimeout(ackTimer);
        ackTimer = unacknowledged = 0;
        if (standing !== null) say({ type: "sequenceAck", sequenceId: standing.sequence });
      }

      /** A broken network path does not close a WebSocket by itself. */
      function ping() {
        clearTimeout(watch);
        watch = setTimeout(end, PONG_WITHIN_MS);
        say({ type: "ping" });
      }

      /** @param {object} message */
      function say(message) {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      }

      /** We want no more: the service need not keep anything. */
      function leave() {
        socket.close(NORMAL_CLOSURE);
        end();
      }

      function end() {
        clearTimeout(watch);
        clearTimeout(ackTimer);
        signal.removeEventListener("abort", leave);
        socket.onclose = socket.onmessage = null;
        wake = () => {};
        socket.close();
        if (isConnected && standing !== null) standing.lostAt = Date.now();
        resolve(isConnected);
      }
    });
  }

  /** Wait longer after each failure, never all viewers alike; a network that is back ends it. */
  function pause() {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(end, longest * (0.5 + Math.random() / 2));
      signal.addEventListener("abort", end);
      wake = end;

      function end() {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        wake = () => {};
        resolve(undefined);
      }
    });
  }
}

/** @param {unknown} data @returns {unknown} */
function parsed(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return null; // for newer clients
  }
}

// --- what is understood

/**
 * A caption or a line of a transcript, or null if it is none.
 * @param {any} said @param {boolean} live @returns {Caption | null}
 */
function asCaption(said, live) {
  const { stream, seq, speaker, text, offsetMs } = said;
  const hasTexts = [stream, speaker?.id, text].every((part) => typeof part === "string");
  if (!hasTexts || !Number.isFinite(seq) || !Number.isFinite(offsetMs)) return null;
  const { words, ...caption } = said;
  return { ...caption, final: said.final !== false, live };
}

/** @param {any} said @param {boolean} live @returns {Line | null} */
function asLine(said, live) {
  if (said?.gap) return Number.isFinite(said.offsetMs) && Number.isFinite(said.durationMs) ? said : null;
  const caption = said && asCaption(said, live);
  return caption && isFinal(caption) ? caption : null;
}

/** @param {Caption} caption @returns {caption is Final} */
function isFinal(caption) {
  return caption.final && typeof caption.segmentId === "string" && Number.isFinite(caption.durationMs);
}

/** Messages may overtake each other. @param {any} incoming @param {Session | null} known */
function isNewer(incoming, known) {
  if (!Number.isFinite(incoming?.revision) || typeof incoming.state !== "string") return false;
  return known === null || (incoming.id === known.id && incoming.revision > known.revision);
}

/** @param {Session} session */
function isOver({ state }) {
  return state === "stopped" || state === "failed";
}

/** When a session ended that was over when it was first read (ms since 1970). @param {Session} session */
function endOf({ endedAt }) {
  return Math.min(Date.parse(endedAt ?? "") || 0, Date.now());
}

/**
 * Until when it is of use to listen to a session that is over (ms since 1970): late finals come for two minutes; in the
 * hour after, only while somebody looks at the page.
 * @param {{overSince: number, hiddenSince: number | null}} since
 */
function listenUntil({ overSince, hiddenSince }) {
  const longest = overSince + RESTART_WITHIN_MS;
  return hiddenSince === null ? longest : Math.min(longest, Math.max(overSince, hiddenSince) + LATE_FINALS_MS);
}

/** Elsewhere than in a browser somebody looks all the time. */
function isHidden() {
  return globalThis.document?.visibilityState === "hidden";
}

// --- the transcript as a viewer has it; pure: no clock, no network

/** What tells a line from all others. @param {Line} line @returns {string} */
export function keyOf(line) {
  return "gap" in line ? `gap ${line.offsetMs} ${line.durationMs}` : (line.segmentId ?? "");
}

/**
 * By place, a gap before the words that follow it; segments of one place by id.
 * @param {Line} one @param {Line} other
 */
export function compareLines(one, other) {
  const [gap, otherGap] = ["gap" in one, "gap" in other];
  const place = gap ? one.offsetMs + (one.durationMs ?? 0) : one.offsetMs;
  const otherPlace = otherGap ? other.offsetMs + (other.durationMs ?? 0) : other.offsetMs;
  if (place !== otherPlace) return place - otherPlace;
  if (gap !== otherGap) return gap ? -1 : 1;
  return keyOf(one) < keyOf(other) ? -1 : Number(keyOf(one) !== keyOf(other));
}

/**
 * @typedef {{missed: number, since: string | null, heard: Map<string, number>}} Reading a read that is under way
 * @typedef {ReturnType<typeof createTranscript>} Transcript
 */

/**
 * Finals in order, gaps, and words still being said; it knows whether it may lack any (`missed` against `caughtUp`),
 * and from which segment on a read has to begin (`since`). Nothing yet, and so everything to be read. No promise to
 * embedders: it is exported for its tests.
 */
export function createTranscript() {
  /** @type {Line[]} */
  const lines = [];
  const keys = new Set();
  /** @type {Map<string, {caption: Caption, heardAt: number}>} by speaker */
  const spoken = new Map();
  /** @type {Map<string, number>} by speaker, where the newest final ends */
  const spokenUntil = new Map();
  /** @type {Map<string, number>} by stream, the highest `seq` */
  const heard = new Map();
  /** @type {Map<string, number>} by stream, the finals that are here */
  const held = new Map();
  /** @type {Map<string, number>} by stream, the finals that are nowhere */
  const nowhere = new Map();
  let missed = 1;
  let caughtUp = 0;
  let hasChanged = false;
  /** @type {string | null} */
  let since = null;

  return {
    lines,
    interims,
    haveInterimsChanged,
    mayLackLines,
    noteMissed,
    takeFinal,
    takeInterim,
    forgetSilent,
    forgetInterims,
    beginRead,
    takePage,
    finishRead,
  };

  function mayLackLines() {
    return missed > caughtUp;
  }

  /** Captions may have been lost, as with a broken socket. */
  function noteMissed() {
    missed += 1;
  }

  /** @returns {Caption[]} words still being said, in order */
  function interims() {
    return [...spoken.values()].map(({ caption }) => caption).sort((one, other) => one.offsetMs - other.offsetMs);
  }

  /** Whether they are others than when this was last asked. */
  function haveInterimsChanged() {
    const was = hasChanged;
    hasChanged = false;
    return was;
  }

  /** @param {Final} final @returns {Line[]} what is new */
  function takeFinal(final) {
    noteStream(final.stream, final.seq - 1);
    const added = merge([final]);
    if (!mayLackLines()) since = later(since, final.segmentId);
    return added;
  }

  /**
   * @param {Caption} interim @param {number} now ms on any steady clock
   * @returns {boolean} false: it is final already
   */
  function takeInterim(interim, now) {
    const { stream, seq, speaker, offsetMs } = interim;
    noteStream(stream, seq);
    heard.set(stream, Math.max(seq, heard.get(stream) ?? 0));
    if (offsetMs < (spokenUntil.get(speaker.id) ?? 0)) return false;
    spoken.set(speaker.id, { caption: interim, heardAt: now });
    hasChanged = true;
    return true;
  }

  /** Interims of people who fell silent will get no final. @param {number} now */
  function forgetSilent(now) {
    for (const [speaker, { heardAt }] of spoken) {
      if (now - heardAt > SILENT_AFTER_MS) forget(speaker);
    }
  }

  /** Nobody is speaking any more. */
  function forgetInterims() {
    for (const speaker of spoken.keys()) forget(speaker);
  }

  /** @param {string} speaker */
  function forget(speaker) {
    if (spoken.delete(speaker)) hasChanged = true;
  }

  /** @returns {Reading} a read that begins now, from `since` */
  function beginRead() {
    return { missed, since, heard: new Map(heard) };
  }

  /**
   * The next lines of a read; all before them are here.
   * @param {Line[]} page @returns {Line[]} what is new, in order
   */
  function takePage(page) {
    const added = merge(page);
    const newest = page.findLast((line) => !("gap" in line));
    if (newest !== undefined) since = later(since, keyOf(newest));
    return added;
  }

  /**
   * Signs of loss that came during the read stay: the next one starts where this one ended.
   * @param {Reading} reading
   */
  function finishRead(reading) {
    caughtUp = reading.missed;
    if (reading.since === null) excuse(reading);
    else if (lacksFinals()) readWhole();
    if (mayLackLines()) return;
    const newest = lines.findLast((line) => !("gap" in line));
    if (newest !== undefined) since = later(since, keyOf(newest));
  }

  /** A final can be later than a read goes back. */
  function readWhole() {
    since = null;
    noteMissed();
  }

  function lacksFinals() {
    return [...heard].some(([stream, seq]) => seq - (held.get(stream) ?? 0) > (nowhere.get(stream) ?? 0));
  }

  /** What a whole read did not bring was never stored. @param {Reading} reading */
  function excuse(reading) {
    for (const [stream, seq] of reading.heard) nowhere.set(stream, Math.max(0, seq - (held.get(stream) ?? 0)));
  }

  /**
   * A stream that is new, or has more finals than were seen, is a sign of loss.
   * @param {string} stream @param {number} finalsBefore
   */
  function noteStream(stream, finalsBefore) {
    const known = heard.get(stream);
    if (known !== undefined && finalsBefore <= known) return;
    noteMissed();
    if (known === undefined) forgetInterims();
  }

  /** @param {Line[]} found @returns {Line[]} what is new, in order */
  function merge(found) {
    const added = found.filter(isAdded).sort(compareLines);
    if (added.length === 1) lines.splice(indexFor(added[0]), 0, added[0]);
    else addAll(added);
    return added;
  }

  /** Pages of a read mostly follow what is here. @param {Line[]} added in order */
  function addAll(added) {
    const isInOrder = lines.length === 0 || added.length === 0 || compareLines(lines[lines.length - 1], added[0]) < 0;
    lines.push(...added);
    if (!isInOrder) lines.sort(compareLines);
  }

  /** @param {Line} line */
  function isAdded(line) {
    if (!("gap" in line)) settle(/** @type {Final} */ (line));
    const key = keyOf(line);
    if (keys.has(key)) return false;
    keys.add(key);
    if (!("gap" in line)) held.set(line.stream, (held.get(line.stream) ?? 0) + 1);
    return true;
  }

  /**
   * A final takes the place of the interim that it came from, which began with it even if it is said to have taken no
   * time; what the speaker went on to say stays.
   * @param {Final} final
   */
  function settle({ stream, seq, speaker, offsetMs, durationMs }) {
    heard.set(stream, Math.max(seq, heard.get(stream) ?? 0));
    const end = offsetMs + Math.max(durationMs, 1);
    spokenUntil.set(speaker.id, Math.max(end, spokenUntil.get(speaker.id) ?? 0));
    const interim = spoken.get(speaker.id);
    if (interim !== undefined && interim.caption.offsetMs < end) forget(speaker.id);
  }

  /** @param {Line} line */
  function indexFor(line) {
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareLines(lines[middle], line) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @param {string | null} one @param {string} other */
function later(one, other) {
  return one === null || other > one ? other : one;
}
