import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { causeInWords, eventInWords } from "../../functions/web/journal_wording.js";

test("every event that there is has words of its own", async () => {
  const events = await readFile(new URL("../../functions/lifecycle/events.py", import.meta.url), "utf-8");
  const tags = [...events.matchAll(/tag="([a-z-]+)"/g)].map(([, tag]) => tag);
  assert.ok(tags.length > 25);
  const told = tags.map((event) => eventInWords({ event }));
  assert.deepEqual(
    told.filter((words, index) => words === tags[index]),
    [],
  );
  assert.equal(new Set(told).size, tags.length);
});

test("a reason is told with its numbers", () => {
  const outcome = { code: 400, subCode: 8581, message: "Action failed." };
  assert.equal(causeInWords({ detail: { outcome } }), "Action failed. (400 / 8581)");
  assert.equal(causeInWords({ detail: { locale: "de-DE" } }), "de-DE");
  assert.equal(causeInWords({ detail: {} }), "");
});
