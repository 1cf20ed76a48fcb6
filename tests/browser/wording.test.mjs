import assert from "node:assert/strict";
import { test } from "node:test";

import { createVoices, namesOf } from "../../functions/web/voices.js";
import * as wording from "../../functions/web/wording.js";

const called = (kind, id, tag) => wording.callInWords({ state: "active", call: { [kind]: id }, tag });

test("a gap is told in the unit that fits it", () => {
  const told = [0, 999, 1000, 4400, 119_000, 120_000, 7_140_000, 7_200_000].map((durationMs) =>
    wording.gapInWords({ durationMs }).replace("Nothing could be heard for ", ""),
  );
  assert.deepEqual(told, ["a moment", "a moment", "1 s", "4 s", "119 s", "2 min", "119 min", "2 h"]);
});

test("a place in the transcript has hours only where there are some", () => {
  assert.deepEqual([0, 59_999, 60_000, 3_599_999, 3_600_000].map(wording.clock), [
    "0:00",
    "0:59",
    "1:00",
    "59:59",
    "1:00:00",
  ]);
});

test("a length is told like a place", () => {
  const told = ["PT1M52.217S", "PT0S", "PT25H", "P1DT1H", "PT1H1S"].map(wording.durationInWords);
  assert.deepEqual(told, ["1:52", "0:00", "25:00:00", "25:00:00", "1:00:01"]);
});

test("a length of another form is shown as it is", () => {
  assert.equal(wording.durationInWords("a while"), "a while");
});

test("a call goes by its tag, else by the part of its id that tells it from others", () => {
  assert.equal(called("groupCallId", "3a7c5e18-92d4-4f06-b1c7-5d08e6f42b90"), "Group call 3a7c5e18…");
  assert.equal(called("groupCallId", "standup"), "Group call standup");
  assert.equal(called("serverCallId", `${"aHR0cHM6Ly9h".repeat(8)}/aT0xMC0xNTImZT0x==`), "Call …NTImZT0x");
  assert.equal(called("groupCallId", "standup", "Monday"), "Monday");
});

test("a call between two numbers is told by both, and by the one who was called", () => {
  const placed = { state: "active", call: { to: ["4:+15551230000"], from: "+15559870000", provider: "bandwidth" } };
  assert.equal(wording.callId(placed), "+15559870000 → +15551230000");
  assert.equal(wording.callInWords(placed), "Call to +15551230000");
  const rang = { state: "active", call: { from: "4:+15559870000", to: ["4:+15551230000"], incoming: true } };
  assert.equal(wording.callId(rang), "+15559870000 → +15551230000");
  assert.equal(wording.callInWords(rang), "Call from +15559870000");
  const several = { state: "active", call: { to: ["4:+15551230000", "8:acs:ann"] } };
  assert.equal(wording.callId(several), "+15551230000, 8:acs:ann");
});

test("another application's call goes by the end of its id", () => {
  const call = { callId: "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d", provider: "bandwidth" };
  assert.equal(wording.callInWords({ state: "active", call }), "Call …3ec68f8d");
});

test("a moment of today is told by its time, another with its day, and its year if that is another", () => {
  const now = new Date(2026, 4, 20, 12);
  assert.match(wording.momentInWords(new Date(2026, 4, 20, 9, 5).toISOString(), now), /^Today, /);
  assert.doesNotMatch(wording.momentInWords(new Date(2026, 4, 19, 9, 5).toISOString(), now), /Today|2026/);
  assert.match(wording.momentInWords(new Date(2025, 4, 20, 9, 5).toISOString(), now), /2025/);
});

test("what may no longer hold bears the moment at which it did, with its day if that was another", () => {
  const now = new Date(2026, 4, 20, 12);
  assert.match(wording.asOfInWords(new Date(2026, 4, 20, 9, 5), now), /^as of 0?9:05( AM)?\u00a0· connection lost$/);
  assert.match(wording.asOfInWords(new Date(2026, 4, 19, 23, 5), now), /^as of .*19.*, .*:05.*\u00a0· connection lost$/);
});

test("a speaker goes by the session's name, else by a number in order of appearance", () => {
  assert.deepEqual([...namesOf(["ann", "ben", "cleo"], { ann: "Ann" })], [
    ["ann", "Ann"],
    ["ben", "Speaker 2"],
    ["cleo", "Speaker 3"],
  ]);
  assert.equal(namesOf(["constructor"], {}).get("constructor"), "Speaker 1");
});

test("a number that somebody has for a name is given to nobody else", () => {
  for (const taken of ["Speaker 2", "speaker 2", " Speaker 2 "]) {
    const names = namesOf(["ann", "ben", "cleo"], { ann: taken, silent: "Speaker 4" });
    assert.deepEqual([...names.values()], [taken, "Speaker 3", "Speaker 5"]);
  }
});

test("many speakers have as many colours", () => {
  const voiceOf = createVoices();
  const hues = Array.from({ length: 40 }, (_, index) => voiceOf(String(index)).hue);
  assert.equal(new Set(hues).size, 40);
});
