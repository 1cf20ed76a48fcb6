/**
 * A Web PubSub connection that is opened again whenever it breaks, until it is no longer wanted.
 *
 * The token in its URL joins the group, so nothing has to be sent but a sign of life: a broken network path does not
 * close a WebSocket by itself.
 */

const SUBPROTOCOL = "json.webpubsub.azure.v1";
const CONNECT_WITHIN_MS = 10_000;
const PING_AFTER_MS = 20_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * @typedef {object} Listener
 * @property {(isAnew: boolean) => Promise<string>} url where to connect; anew after a connect that failed
 * @property {() => void} onConnected captions come from now on
 * @property {(message: object) => void} onMessage
 * @property {() => void} onLost captions may be lost from now on
 */

/** Stay connected until the signal. @param {Listener} listener @param {AbortSignal} signal */
export async function stayConnected(listener, signal) {
  let failures = 0;
  while (!signal.aborted) {
    const wasConnected = await connectOnce(listener, failures > 0, signal);
    if (signal.aborted) return;
    failures = wasConnected ? 0 : failures + 1;
    listener.onLost();
    await pause(failures, signal);
  }
}

/** One connection from its beginning to its end. @returns {Promise<boolean>} whether it ever stood */
async function connectOnce(listener, isAnew, signal) {
  try {
    return await converse(await listener.url(isAnew), listener, signal);
  } catch (error) {
    if (signal.aborted) return false;
    console.info("The captions connection could not be opened:", error.message);
    return false;
  }
}

/** @returns {Promise<boolean>} */
function converse(url, { onConnected, onMessage }, signal) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    let isConnected = false;
    let watch = setTimeout(end, CONNECT_WITHIN_MS);
    signal.addEventListener("abort", end);
    socket.onclose = end;
    socket.onmessage = ({ data }) => {
      stayAwake();
      const frame = JSON.parse(data);
      if (frame.type === "message" && frame.from === "group") onMessage(frame.data);
      if (frame.type !== "system" || frame.event !== "connected") return;
      isConnected = true;
      onConnected();
    };

    function stayAwake() {
      clearTimeout(watch);
      watch = setTimeout(ping, PING_AFTER_MS);
    }

    function ping() {
      socket.send('{"type":"ping"}');
      watch = setTimeout(end, CONNECT_WITHIN_MS);
    }

    function end() {
      clearTimeout(watch);
      signal.removeEventListener("abort", end);
      socket.onclose = socket.onmessage = null;
      socket.close();
      resolve(isConnected);
    }
  });
}

/** Wait longer after each failure, never all viewers alike; a network that is back ends it. */
function pause(failures, signal) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return new Promise((resolve) => {
    const timer = setTimeout(end, longest * (0.5 + Math.random() / 2));
    signal.addEventListener("abort", end);
    window.addEventListener("online", end);

    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      window.removeEventListener("online", end);
      resolve(undefined);
    }
  });
}
