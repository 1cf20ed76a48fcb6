import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as model from "../../functions/web/transcript_model.js";

const id = (offsetMs, mark = "a") => `${String(offsetMs).padStart(10, "0")}-${mark.repeat(16)}`;

function final(seq, offsetMs, { mark = "a", speaker = "ann", stream = "s1", durationMs = 1000 } = {}) {
  const segmentId = id(offsetMs, mark);
  return { segmentId, stream, seq, speaker: { id: speaker }, text: segmentId, offsetMs, durationMs };
}

function interim(seq, offsetMs, text, { speaker = "ann", stream = "s1" } = {}) {
  return { stream, seq, speaker: { id: speaker }, text, offsetMs };
}

/** A transcript that lacks nothing, with these lines. */
function complete(...lines) {
  const transcript = model.emptyTranscript();
  model.finishFetch(transcript, model.beginFetch(transcript), lines);
  return transcript;
}

const keys = (transcript) => transcript.lines.map(model.keyOf);
const said = (transcript) => model.interimsInOrder(transcript).map(({ text }) => text);

describe("order", () => {
  test("a late final stands where it was said", () => {
    const transcript = complete(final(1, 0), final(2, 5000));
    model.receiveFinal(transcript, final(3, 3000));
    assert.deepEqual(keys(transcript), [id(0), id(3000), id(5000)]);
  });

  test("finals that begin together stand by id, whichever came first", () => {
    for (const marks of ["ab", "ba"]) {
      const [one, other] = marks;
      const transcript = complete(final(1, 700, { mark: one }), final(2, 700, { mark: other }));
      assert.deepEqual(keys(transcript), [id(700, "a"), id(700, "b")]);
    }
  });

  test("a gap stands right before the words that end it", () => {
    const gap = { gap: true, offsetMs: 1000, durationMs: 4000 };
    const transcript = complete(final(1, 5000, { stream: "s2" }), final(1, 0), final(2, 1000), gap);
    assert.deepEqual(keys(transcript), [id(0), id(1000), model.keyOf(gap), id(5000)]);
  });

  test("any order of arrival gives the same lines", () => {
    const lines = [0, 10, 10, 25, 3, 99].map((at, index) => final(index + 1, at, { mark: "abcdef"[index] }));
    const expected = lines.map(model.keyOf).sort();
    for (let turn = 0; turn < lines.length; turn += 1) {
      lines.push(lines.shift());
      assert.deepEqual(keys(complete(...lines)), expected);
    }
  });
});

describe("merging", () => {
  test("a segment that comes as a caption and again in a read is one line", () => {
    const transcript = complete();
    assert.equal(model.receiveFinal(transcript, final(1, 0)).length, 1);
    assert.equal(model.receiveFinal(transcript, final(1, 0)).length, 0);
    const added = model.finishFetch(transcript, model.beginFetch(transcript), [final(1, 0), final(2, 2000)]);
    assert.deepEqual(added.map(model.keyOf), [id(2000)]);
    assert.equal(transcript.lines.length, 2);
  });

  test("a gap that is read twice is one line", () => {
    const gap = { gap: true, offsetMs: 1000, durationMs: 4000 };
    const transcript = complete(gap);
    assert.deepEqual(model.finishFetch(transcript, model.beginFetch(transcript), [{ ...gap }]), []);
  });

  test("what the same person says twice is two lines", () => {
    const transcript = complete(final(1, 0), final(2, 2000));
    assert.equal(transcript.lines.length, 2);
  });
});

describe("what may be missing", () => {
  test("everything, before the first read", () => {
    assert.ok(model.mayLackLines(model.emptyTranscript()));
    assert.ok(!model.mayLackLines(complete()));
  });

  test("nothing, while finals come one by one", () => {
    const transcript = complete(final(1, 0));
    for (const seq of [2, 3, 4]) {
      model.receiveInterim(transcript, interim(seq - 1, seq * 2000, "w"), 0);
      model.receiveFinal(transcript, final(seq, seq * 2000));
    }
    assert.ok(!model.mayLackLines(transcript));
    assert.equal(transcript.since, id(8000));
  });

  test("a final whose number jumps", () => {
    const transcript = complete(final(1, 0));
    model.receiveFinal(transcript, final(3, 4000));
    assert.ok(model.mayLackLines(transcript));
  });

  test("an interim that counts a final more than came", () => {
    const transcript = complete(final(1, 0));
    model.receiveInterim(transcript, interim(2, 4000, "w"), 0);
    assert.ok(model.mayLackLines(transcript));
  });

  test("a stream that was never seen, be it by an interim that counts none", () => {
    const transcript = complete(final(1, 0));
    model.receiveInterim(transcript, interim(0, 4000, "w", { stream: "s2" }), 0);
    assert.ok(model.mayLackLines(transcript));
  });

  test("a repeat of an old caption is no sign of loss", () => {
    const transcript = complete(final(1, 0), final(2, 2000));
    model.receiveFinal(transcript, final(1, 0));
    model.receiveInterim(transcript, interim(1, 2000, "w"), 0);
    assert.ok(!model.mayLackLines(transcript));
  });

  test("one loss is one read, although captions go on meanwhile", () => {
    const transcript = complete(final(1, 0));
    model.receiveFinal(transcript, final(3, 4000));
    const fetch = model.beginFetch(transcript);
    model.receiveInterim(transcript, interim(3, 6000, "w"), 0);
    model.receiveFinal(transcript, final(4, 6000));
    model.finishFetch(transcript, fetch, [final(1, 0), final(2, 2000), final(3, 4000)]);
    assert.ok(!model.mayLackLines(transcript));
  });

  test("a final that nobody ever stored does not ask for ever", () => {
    const transcript = complete(final(1, 0));
    model.receiveFinal(transcript, final(3, 4000));
    model.finishFetch(transcript, model.beginFetch(transcript), [final(1, 0), final(3, 4000)]);
    model.receiveInterim(transcript, interim(3, 6000, "w"), 0);
    model.receiveFinal(transcript, final(4, 6000));
    assert.ok(!model.mayLackLines(transcript));
  });
});

describe("where the next read begins", () => {
  test("a caption after a loss does not hide what was lost before it", () => {
    const transcript = complete(final(1, 0), final(2, 2000));
    model.noteMissed(transcript);
    model.receiveFinal(transcript, final(90, 600_000));
    assert.equal(transcript.since, id(2000));
  });

  test("a loss during a read leaves it where that read ended", () => {
    const transcript = complete(final(1, 0));
    model.noteMissed(transcript);
    const fetch = model.beginFetch(transcript);
    model.noteMissed(transcript);
    model.receiveFinal(transcript, final(9, 900_000));
    model.finishFetch(transcript, fetch, [final(1, 0), final(2, 2000)]);
    assert.ok(model.mayLackLines(transcript));
    assert.equal(transcript.since, id(2000));
  });

  test("a read that is never finished changes nothing", () => {
    const transcript = complete(final(1, 0));
    model.noteMissed(transcript);
    model.beginFetch(transcript);
    model.receiveFinal(transcript, final(2, 2000));
    assert.ok(model.mayLackLines(transcript));
    assert.equal(transcript.since, id(0));
  });

  test("at the newest segment once nothing is missing, and a late final does not move it back", () => {
    const transcript = complete(final(1, 0));
    model.noteMissed(transcript);
    const fetch = model.beginFetch(transcript);
    model.receiveFinal(transcript, final(2, 8000));
    model.finishFetch(transcript, fetch, [final(1, 0)]);
    model.receiveFinal(transcript, final(3, 5000));
    assert.equal(transcript.since, id(8000));
  });
});

describe("words still being said", () => {
  test("are replaced by what the same person says next, and by no one else's words", () => {
    const transcript = complete();
    model.receiveInterim(transcript, interim(0, 0, "good"), 0);
    model.receiveInterim(transcript, interim(0, 500, "hello", { speaker: "bob" }), 0);
    model.receiveInterim(transcript, interim(0, 0, "good morning"), 0);
    assert.deepEqual(said(transcript), ["good morning", "hello"]);
  });

  test("go when their final comes", () => {
    const transcript = complete();
    model.receiveInterim(transcript, interim(0, 0, "good"), 0);
    model.receiveInterim(transcript, interim(0, 500, "hello", { speaker: "bob" }), 0);
    model.receiveFinal(transcript, final(1, 0));
    assert.deepEqual(said(transcript), ["hello"]);
  });

  test("go when a read brings their final", () => {
    const transcript = complete();
    model.receiveInterim(transcript, interim(0, 0, "good"), 0);
    model.finishFetch(transcript, model.beginFetch(transcript), [final(1, 0)]);
    assert.deepEqual(said(transcript), []);
  });

  test("stay when a late final of earlier words comes", () => {
    const transcript = complete();
    model.receiveInterim(transcript, interim(0, 1000, "next"), 0);
    model.receiveFinal(transcript, final(1, 0, { durationMs: 1000 }));
    assert.deepEqual(said(transcript), ["next"]);
  });

  test("that come after their final are not shown", () => {
    const transcript = complete(final(1, 0, { durationMs: 3000 }));
    model.receiveInterim(transcript, interim(0, 0, "good"), 0);
    assert.deepEqual(said(transcript), []);
  });

  test("go with their stream: their final will not come", () => {
    const transcript = complete(final(1, 0));
    model.receiveInterim(transcript, interim(1, 4000, "cut"), 0);
    model.receiveInterim(transcript, interim(0, 9000, "again", { speaker: "bob", stream: "s2" }), 0);
    assert.deepEqual(said(transcript), ["again"]);
  });

  test("go when their speaker has been silent for long", () => {
    const transcript = complete(final(1, 0));
    model.receiveInterim(transcript, interim(1, 4000, "hm"), 1000);
    model.forgetSilentInterims(transcript, 21_000);
    assert.deepEqual(said(transcript), ["hm"]);
    model.forgetSilentInterims(transcript, 21_001);
    assert.deepEqual(said(transcript), []);
  });
});

describe("the session", () => {
  test("an older revision never replaces a newer one", () => {
    const [older, newer] = [{ revision: 3 }, { revision: 4 }];
    assert.equal(model.newerSession(null, older), older);
    assert.equal(model.newerSession(older, newer), newer);
    assert.equal(model.newerSession(newer, older), newer);
  });
});
