// The real JavaScript client, driven by test_web_pubsub_js.py: a command a line in, an event a line out (JSON).
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../local/package.json", import.meta.url));
const { WebPubSubClient, WebPubSubJsonProtocol, WebPubSubJsonReliableProtocol } =
  require("@azure/web-pubsub-client");

const [url, kind] = process.argv.slice(2);
const protocol = kind === "reliable" ? WebPubSubJsonReliableProtocol() : WebPubSubJsonProtocol();
const client = new WebPubSubClient(url, { protocol, messageRetryOptions: { maxRetries: 0 } });
const tell = (event) => console.log(JSON.stringify(event));

client.on("connected", (e) => tell({ event: "connected", connectionId: e.connectionId, userId: e.userId }));
client.on("disconnected", (e) => tell({ event: "disconnected", message: e.message?.message ?? null }));
client.on("stopped", () => tell({ event: "stopped" }));
client.on("group-message", (e) => tell({ event: "group-message", ...shown(e.message) }));
client.on("server-message", (e) => tell({ event: "server-message", ...shown(e.message) }));

function shown({ group, dataType, data, fromUserId, sequenceId }) {
  const plain = dataType === "binary" ? Buffer.from(data).toString("hex") : data;
  return { group, dataType, data: plain, fromUserId, sequenceId };
}

const commands = {
  join: ({ group }) => client.joinGroup(group),
  leave: ({ group }) => client.leaveGroup(group),
  send: ({ group, data, noEcho }) => client.sendToGroup(group, data, "json", { noEcho }),
  sendBinary: ({ group, hex }) => client.sendToGroup(group, Uint8Array.from(Buffer.from(hex, "hex")).buffer, "binary"),
  raise: ({ event, data }) => client.sendEvent(event, data, "json"),
  stop: () => client.stop(),
};

async function obey(line) {
  const { do: name, ...given } = JSON.parse(line);
  try {
    await commands[name](given);
    tell({ event: "done", of: name });
  } catch (error) {
    tell({ event: "failed", of: name, error: error.errorDetail?.name ?? String(error) });
  }
}

await client.start();
for await (const line of createInterface({ input: process.stdin })) await obey(line);
process.exit(0);
