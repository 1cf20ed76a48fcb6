import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CaptionsProblem, compareLines, connectCaptions, createTranscript, keyOf } from "../../functions/web/captions.js";

const id = (offsetMs, mark = "a") => `${String(offsetMs).padStart(10, "0")}-${mark.repeat(16)}`;

function final(seq, offsetMs, { mark = "a", speaker = "ann", stream = "s1", durationMs = 1000 } = {}) {
  const segmentId = id(offsetMs, mark);
  return { final: true, live: true, segmentId, stream, seq, speaker: { id: speaker }, text: segmentId, offsetMs, durationMs };
}

function interim(seq, offsetMs, text, { speaker = "ann", stream = "s1" } = {}) {
  return { final: false, live: true, stream, seq, speaker: { id: speaker }, text, offsetMs };
}

function read(transcript, ...lines) {
  const reading = transcript.beginRead();
  const added = transcript.takePage(lines);
  transcript.finishRead(reading);
  return added;
}

/** A transcript that lacks nothing, with these lines. */
function complete(...lines) {
  const transcript = createTranscript();
  read(transcript, ...lines);
  return transcript;
}

/** Where the next read begins. */
const since = (transcript) => transcript.beginRead().since;
const keys = (transcript) => transcript.lines.map(keyOf);
const said = (transcript) => transcript.interims().map(({ text }) => text);

/** Let so many seconds of the mocked clock go by, and all that they bring about. */
async function passTime(context, seconds) {
  for (let step = 0; step < seconds * 10; step += 1) {
    context.mock.timers.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("order", () => {
  test("a late final stands where it was said", () => {
    const transcript = complete(final(1, 0), final(2, 5000));
    transcript.takeFinal(final(3, 3000));
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
    assert.deepEqual(keys(transcript), [id(0), id(1000), keyOf(gap), id(5000)]);
  });

  test("any order of arrival gives the same lines, one by one and all at once", () => {
    const lines = [0, 10, 10, 25, 3, 99].map((at, index) => final(index + 1, at, { mark: "abcdef"[index] }));
    const expected = lines.map(keyOf).sort();
    for (let turn = 0; turn < lines.length; turn += 1) {
      lines.push(lines.shift());
      assert.deepEqual(keys(complete(...lines)), expected);
      const transcript = complete();
      for (const line of lines) transcript.takeFinal(line);
      assert.deepEqual(keys(transcript), expected);
    }
  });

  test("sorting lines with compareLines gives the order of the transcript", () => {
    const lines = [final(2, 50), { gap: true, offsetMs: 10, durationMs: 40 }, final(1, 10)];
    assert.deepEqual([...lines].sort(compareLines).map(keyOf), keys(complete(...lines)));
  });

  test("a page that reaches back before what is here is put in order", () => {
    const transcript = complete(final(2, 2000), final(4, 4000));
    read(transcript, final(1, 1000), final(3, 3000));
    assert.deepEqual(keys(transcript), [id(1000), id(2000), id(3000), id(4000)]);
  });

  test("ten thousand finals, page by page and with some of them known, are there within a second", () => {
    const all = Array.from({ length: 10_000 }, (_, index) => final(index + 1, index * 700));
    const transcript = createTranscript();
    const began = process.cpuUsage();
    for (let at = 9_999; at >= 0; at -= 37) transcript.takeFinal(all[at]);
    const reading = transcript.beginRead();
    for (let at = 0; at < all.length; at += 500) transcript.takePage(all.slice(at, at + 500));
    transcript.finishRead(reading);
    assert.ok(process.cpuUsage(began).user < 1_000_000, "µs of this process alone: others may keep it waiting");
    assert.deepEqual(keys(transcript), all.map(keyOf));
  });
});

describe("merging", () => {
  test("a segment that comes as a caption and again in a read is one line", () => {
    const transcript = complete();
    assert.equal(transcript.takeFinal(final(1, 0)).length, 1);
    assert.equal(transcript.takeFinal(final(1, 0)).length, 0);
    assert.deepEqual(read(transcript, final(1, 0), final(2, 2000)).map(keyOf), [id(2000)]);
    assert.equal(transcript.lines.length, 2);
  });

  test("a segment twice in a page is one line", () => {
    assert.equal(complete(final(1, 0), final(1, 0)).lines.length, 1);
  });

  test("a gap that is read twice is one line", () => {
    const gap = { gap: true, offsetMs: 1000, durationMs: 4000 };
    assert.deepEqual(read(complete(gap), { ...gap }), []);
  });

  test("what is new in a page comes in order", () => {
    const added = read(createTranscript(), final(3, 30), final(1, 10), final(2, 20));
    assert.deepEqual(added.map(keyOf), [id(10), id(20), id(30)]);
  });

  test("the array of lines is the same all the time", () => {
    const transcript = createTranscript();
    const { lines } = transcript;
    read(transcript, final(1, 0), final(2, 2000));
    transcript.takeFinal(final(3, 1000));
    assert.equal(transcript.lines, lines);
    assert.equal(lines.length, 3);
  });
});

describe("what may be missing", () => {
  test("everything, before the first read", () => {
    assert.ok(createTranscript().mayLackLines());
    assert.ok(!complete().mayLackLines());
  });

  test("nothing, while finals come one by one", () => {
    const transcript = complete(final(1, 0));
    for (const seq of [2, 3, 4]) {
      transcript.takeInterim(interim(seq - 1, seq * 2000, "w"), 0);
      transcript.takeFinal(final(seq, seq * 2000));
    }
    assert.ok(!transcript.mayLackLines());
    assert.equal(since(transcript), id(8000));
  });

  test("a final whose number jumps", () => {
    const transcript = complete(final(1, 0));
    transcript.takeFinal(final(3, 4000));
    assert.ok(transcript.mayLackLines());
  });

  test("an interim that counts a final more than came", () => {
    const transcript = complete(final(1, 0));
    transcript.takeInterim(interim(2, 4000, "w"), 0);
    assert.ok(transcript.mayLackLines());
  });

  test("a stream that was never seen, be it by an interim that counts none", () => {
    const transcript = complete(final(1, 0));
    transcript.takeInterim(interim(0, 4000, "w", { stream: "s2" }), 0);
    assert.ok(transcript.mayLackLines());
  });

  test("a repeat of an old caption is no sign of loss", () => {
    const transcript = complete(final(1, 0), final(2, 2000));
    transcript.takeFinal(final(1, 0));
    transcript.takeInterim(interim(1, 2000, "w"), 0);
    assert.ok(!transcript.mayLackLines());
  });

  test("one loss is one read, although captions go on meanwhile", () => {
    const transcript = complete(final(1, 0));
    transcript.takeFinal(final(3, 4000));
    const reading = transcript.beginRead();
    transcript.takeInterim(interim(3, 6000, "w"), 0);
    transcript.takeFinal(final(4, 6000));
    transcript.takePage([final(1, 0), final(2, 2000), final(3, 4000)]);
    transcript.finishRead(reading);
    assert.ok(!transcript.mayLackLines());
  });
});

describe("a final that is later than a read goes back", () => {
  /** It counts four finals, and a read since the newest brought three. */
  function lacking() {
    const transcript = complete(final(1, 0), final(2, 900_000));
    transcript.takeFinal(final(4, 902_000));
    read(transcript, final(2, 900_000), final(4, 902_000));
    return transcript;
  }

  test("makes everything be read once more", () => {
    const transcript = lacking();
    assert.ok(transcript.mayLackLines());
    assert.equal(since(transcript), null);
    read(transcript, final(1, 0), final(3, 5000), final(2, 900_000), final(4, 902_000));
    assert.ok(!transcript.mayLackLines());
    assert.deepEqual(keys(transcript), [id(0), id(5000), id(900_000), id(902_000)]);
    assert.equal(since(transcript), id(902_000));
  });

  test("and was never stored does not ask for ever", () => {
    const transcript = lacking();
    read(transcript, final(1, 0), final(2, 900_000), final(4, 902_000));
    assert.ok(!transcript.mayLackLines());
    transcript.takeFinal(final(5, 904_000));
    assert.ok(!transcript.mayLackLines());
    transcript.noteMissed();
    read(transcript, final(5, 904_000));
    assert.ok(!transcript.mayLackLines());
  });

  test("is looked for again when one more is lacking", () => {
    const transcript = lacking();
    read(transcript, final(1, 0), final(2, 900_000), final(4, 902_000));
    transcript.takeFinal(final(6, 906_000));
    read(transcript, final(4, 902_000), final(6, 906_000));
    assert.ok(transcript.mayLackLines());
    assert.equal(since(transcript), null);
  });
});

describe("where the next read begins", () => {
  test("a caption after a loss does not hide what was lost before it", () => {
    const transcript = complete(final(1, 0), final(2, 2000));
    transcript.noteMissed();
    transcript.takeFinal(final(90, 600_000));
    assert.equal(since(transcript), id(2000));
  });

  test("a loss during a read leaves it where that read ended", () => {
    const transcript = complete(final(1, 0));
    transcript.noteMissed();
    const reading = transcript.beginRead();
    transcript.noteMissed();
    transcript.takeFinal(final(3, 900_000));
    transcript.takePage([final(1, 0), final(2, 2000)]);
    transcript.finishRead(reading);
    assert.ok(transcript.mayLackLines());
    assert.equal(since(transcript), id(2000));
  });

  test("a read that breaks off leaves it after its last page", () => {
    const transcript = createTranscript();
    transcript.beginRead();
    transcript.takePage([final(1, 0), final(2, 2000)]);
    assert.ok(transcript.mayLackLines());
    assert.equal(since(transcript), id(2000));
  });

  test("a read that brings nothing changes nothing", () => {
    const transcript = complete(final(1, 0));
    transcript.noteMissed();
    transcript.beginRead();
    transcript.takeFinal(final(2, 2000));
    assert.ok(transcript.mayLackLines());
    assert.equal(since(transcript), id(0));
  });

  test("at the newest segment once nothing is missing, and a late final does not move it back", () => {
    const transcript = complete(final(1, 0));
    transcript.noteMissed();
    const reading = transcript.beginRead();
    transcript.takeFinal(final(2, 8000));
    transcript.takePage([final(1, 0)]);
    transcript.finishRead(reading);
    transcript.takeFinal(final(3, 5000));
    assert.equal(since(transcript), id(8000));
  });
});

describe("words still being said", () => {
  test("are replaced by what the same person says next, and by no one else's words", () => {
    const transcript = complete();
    transcript.takeInterim(interim(0, 0, "good"), 0);
    transcript.takeInterim(interim(0, 500, "hello", { speaker: "bob" }), 0);
    transcript.takeInterim(interim(0, 0, "good morning"), 0);
    assert.deepEqual(said(transcript), ["good morning", "hello"]);
  });

  test("go when their final comes", () => {
    const transcript = complete();
    transcript.takeInterim(interim(0, 0, "good"), 0);
    transcript.takeInterim(interim(0, 500, "hello", { speaker: "bob" }), 0);
    transcript.takeFinal(final(1, 0));
    assert.deepEqual(said(transcript), ["hello"]);
  });

  test("go when a read brings their final", () => {
    const transcript = complete();
    transcript.takeInterim(interim(0, 0, "good"), 0);
    read(transcript, final(1, 0));
    assert.deepEqual(said(transcript), []);
  });

  test("stay when a late final of earlier words comes", () => {
    const transcript = complete();
    transcript.takeInterim(interim(0, 1000, "next"), 0);
    transcript.takeFinal(final(1, 0, { durationMs: 1000 }));
    assert.deepEqual(said(transcript), ["next"]);
  });

  test("go when their final comes, though it is said to have taken no time", () => {
    const transcript = complete();
    transcript.takeInterim(interim(0, 700, "good"), 0);
    transcript.takeFinal(final(1, 700, { durationMs: 0 }));
    assert.deepEqual(said(transcript), []);
    assert.equal(transcript.takeInterim(interim(1, 700, "good"), 0), false);
    assert.equal(transcript.takeInterim(interim(1, 701, "then"), 0), true);
  });

  test("that come after their final are not shown", () => {
    const transcript = complete(final(1, 0, { durationMs: 3000 }));
    assert.equal(transcript.takeInterim(interim(0, 0, "good"), 0), false);
    assert.deepEqual(said(transcript), []);
  });

  test("go with their stream: their final will not come", () => {
    const transcript = complete(final(1, 0));
    transcript.takeInterim(interim(1, 4000, "cut"), 0);
    transcript.takeInterim(interim(0, 9000, "again", { speaker: "bob", stream: "s2" }), 0);
    assert.deepEqual(said(transcript), ["again"]);
  });

  test("go when their speaker has been silent for long", () => {
    const transcript = complete(final(1, 0));
    transcript.takeInterim(interim(1, 4000, "hm"), 1000);
    transcript.forgetSilent(21_000);
    assert.deepEqual(said(transcript), ["hm"]);
    transcript.forgetSilent(21_001);
    assert.deepEqual(said(transcript), []);
  });

  test("are told of once for each change", () => {
    const transcript = complete();
    assert.ok(!transcript.haveInterimsChanged());
    transcript.takeInterim(interim(0, 0, "good"), 0);
    assert.ok(transcript.haveInterimsChanged());
    assert.ok(!transcript.haveInterimsChanged());
    transcript.forgetInterims();
    assert.ok(transcript.haveInterimsChanged());
    transcript.forgetInterims();
    assert.ok(!transcript.haveInterimsChanged());
  });
});

describe("a session that is not there", () => {
  /** The problems of the first minute, where getAccess always fails like this; and how often it was asked. */
  async function refusedWith(context, error) {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    const [problems, connections] = [[], []];
    let asked = 0;
    const captions = connectCaptions({
      baseUrl: "https://captions.example",
      getAccess: async () => {
        asked += 1;
        throw Object.assign(new Error("No."), error);
      },
      onProblem: (problem) => problems.push(problem?.code),
      onConnection: (connection) => connections.push(connection),
    });
    await passTime(context, 60);
    captions.close();
    return { problems, asked, last: connections.at(-1) };
  }

  test("is the end, where the service's own answer says so", async (context) => {
    const told = await refusedWith(context, { status: 404, code: "not-found" });
    assert.deepEqual(told, { problems: ["session-gone"], asked: 1, last: "ended" });
  });

  test("is the end, where the back end says that it is gone for good", async (context) => {
    assert.deepEqual((await refusedWith(context, { status: 410 })).problems, ["session-gone"]);
  });

  for (const error of [{ status: 404 }, { status: 404, code: "no-such-route" }, { status: 500, code: "not-found" }]) {
    test(`is no more than a failure after ${JSON.stringify(error)}: a route may be missing for a while`, async (context) => {
      const { problems, asked, last } = await refusedWith(context, error);
      assert.deepEqual(problems, ["access-failed"]);
      assert.ok(asked >= 3, `${asked} times`);
      assert.equal(last, "connecting");
    });
  }
});

describe("a mistake of the embedder's", () => {
  const getAccess = () => new Promise(() => {});

  test("is told at once, and nothing runs on", () => {
    assert.throws(() => connectCaptions({ baseUrl: "captions", getAccess }), TypeError);
    assert.throws(() => connectCaptions({ baseUrl: "https://captions.example" }), TypeError);
  });

  test("is a problem with a remedy where access is none", async () => {
    const problem = await new Promise((resolve) => {
      const captions = connectCaptions({
        baseUrl: "https://captions.example",
        getAccess: async () => ({ accessToken: "…" }),
        onProblem: (found) => (captions.close(), resolve(found)),
      });
    });
    assert.ok(problem instanceof CaptionsProblem);
    assert.equal(problem.code, "access-malformed");
    assert.match(problem.remedy, /unchanged/);
  });

  test("getAccess is asked once at a time, ever more seldom, and not after close", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    let [asked, asking, most] = [0, 0, 0];
    const captions = connectCaptions({
      baseUrl: "https://captions.example",
      getAccess: async () => {
        most = Math.max(most, (asking += 1));
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 500));
        asking -= 1;
        throw new Error("Not now.");
      },
    });
    await passTime(context, 60);
    assert.ok(asked >= 3 && asked <= 9, `${asked} times in the first minute`);
    const before = asked;
    await passTime(context, 60);
    assert.ok(asked - before <= 5, `${asked - before} times in the second minute`);
    assert.equal(most, 1);
    captions.close();
    const last = asked;
    await passTime(context, 60);
    assert.equal(asked, last);
  });

  test("an embedder that never answers is asked again after a while", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    let asked = 0;
    const problems = [];
    const captions = connectCaptions({
      baseUrl: "https://captions.example",
      getAccess: () => new Promise(() => (asked += 1)),
      onProblem: ({ code }) => problems.push(code),
    });
    await passTime(context, 60);
    captions.close();
    assert.ok(asked >= 2 && asked <= 3, `${asked} times`);
    assert.deepEqual(problems, ["access-failed"]);
  });

  test("a signal that is aborted already means that nothing is asked", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    let asked = 0;
    const signal = AbortSignal.abort();
    connectCaptions({ baseUrl: "https://captions.example", signal, getAccess: async () => (asked += 1) });
    await passTime(context, 60);
    assert.equal(asked, 0);
  });
});
