/** Who speaks: a colour and a name or number for each raw id, in the order in which they are first heard. */

/** Hues far from each other first (degrees in OKLCH); whoever comes later gets the golden angle's. */
const HUES = [255, 40, 150, 320, 90, 205, 5, 120, 285, 62, 178, 345];
const GOLDEN_ANGLE = 137.508;

/**
 * @typedef {{hue: number}} Voice
 * @typedef {((rawId: string) => Voice) & {all: () => [string, Voice][]}} VoiceOf `all`, in that order
 * @returns {VoiceOf}
 */
export function createVoices() {
  /** @type {Map<string, Voice>} */
  const voices = new Map();
  return Object.assign(voiceOf, { all: () => [...voices] });

  /** @param {string} rawId */
  function voiceOf(rawId) {
    const known = voices.get(rawId);
    if (known !== undefined) return known;
    const voice = { hue: HUES[voices.size] ?? (voices.size * GOLDEN_ANGLE) % 360 };
    voices.set(rawId, voice);
    return voice;
  }
}

/**
 * What each is called: by name, else by a number that nobody has for a name, instead of an id that nobody can read. The
 * text formats number in the same way.
 * @param {string[]} ids in the order in which they were heard @param {Record<string, string>} names by raw id
 * @returns {Map<string, string>}
 */
export function namesOf(ids, names) {
  const taken = new Set(Object.values(names).map((name) => name.trim().toLowerCase()));
  let number = 0;
  return new Map(ids.map((id) => [id, nameOf(id)]));

  /** @param {string} id */
  function nameOf(id) {
    do number += 1;
    while (taken.has(`speaker ${number}`));
    return Object.hasOwn(names, id) ? names[id] : `Speaker ${number}`;
  }
}
