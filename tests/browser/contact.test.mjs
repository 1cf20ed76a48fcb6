import assert from "node:assert/strict";
import { test } from "node:test";

import { createContact } from "../../functions/web/contact.js";

function followed() {
  const told = [];
  return { told, contact: createContact((lostAt) => told.push(lostAt)) };
}

test("contact is lost as of what was heard last, and back once all are reached", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const { told, contact } = followed();
  context.mock.timers.setTime(2000);
  contact.heard();
  context.mock.timers.setTime(9000);
  contact.lose("captions");
  contact.lose("service");
  contact.regain("captions");
  assert.deepEqual(told, [2000]);
  contact.regain("service");
  assert.deepEqual(told, [2000, null]);
});

test("what was never lost is not told to be back", () => {
  const { told, contact } = followed();
  contact.regain("service");
  assert.deepEqual(told, []);
});
