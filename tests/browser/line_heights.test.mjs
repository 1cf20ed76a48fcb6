import assert from "node:assert/strict";
import { test } from "node:test";

import { createHeights } from "../../functions/web/line_heights.js";

const line = (key, size = 10) => ({ key, size });
const heightsOf = (...lines) => {
  const heights = createHeights(
    ({ key }) => key,
    ({ size }) => size,
  );
  heights.setLines(lines);
  return heights;
};

test("measured lines stand on each other", () => {
  const lines = [line("a"), line("b"), line("c")];
  const heights = heightsOf(...lines);
  lines.forEach((one, index) => heights.measure(one, 20 * (index + 1)));
  assert.deepEqual([0, 1, 2, 3].map(heights.topOf), [0, 20, 60, 120]);
  assert.equal(heights.total(), 120);
});

test("what was not measured is guessed from what was, by its size", () => {
  const lines = [line("a", 10), line("b", 30)];
  const heights = heightsOf(...lines);
  heights.measure(lines[0], 25);
  assert.equal(heights.total(), 25 + 75);
});

test("the line at a place is the one that begins at or before it", () => {
  const lines = [line("a"), line("b"), line("c")];
  const heights = heightsOf(...lines);
  for (const one of lines) heights.measure(one, 10);
  assert.deepEqual([-5, 0, 9.9, 10, 25, 1000].map(heights.indexAt), [0, 0, 0, 1, 2, 2]);
});

test("a line that comes in between moves those behind it and keeps what is known", () => {
  const lines = [line("a"), line("b"), line("c")];
  const heights = heightsOf(lines[0], lines[2]);
  heights.measure(lines[0], 10);
  heights.measure(lines[2], 30);
  heights.setLines(lines);
  heights.measure(lines[1], 5);
  assert.deepEqual([0, 1, 2, 3].map(heights.topOf), [0, 10, 15, 45]);
});

test("after a change of the width, heights are guessed by what was learnt", () => {
  const lines = [line("a", 10), line("b", 10)];
  const heights = heightsOf(...lines);
  heights.measure(lines[0], 40);
  heights.measure(lines[1], 60);
  heights.forget();
  assert.equal(heights.topOf(1), 50);
  assert.equal(heights.total(), 100);
});

test("a height that is told again is no change", () => {
  const one = line("a");
  const heights = heightsOf(one);
  assert.deepEqual([20, 20, 21].map((px) => heights.measure(one, px)), [true, false, true]);
});

test("nothing has no height", () => {
  assert.equal(heightsOf().total(), 0);
});
