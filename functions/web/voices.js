/** Who speaks: a number and a colour for each raw id, in the order in which they are first heard. */

/** Hues far from each other first (degrees in OKLCH); whoever comes later gets the golden angle's. */
const HUES = [255, 40, 150, 320, 90, 205, 5, 120, 285, 62, 178, 345];
const GOLDEN_ANGLE = 137.508;

/**
 * @typedef {{number: number, hue: number}} Voice
 * @typedef {((rawId: string) => Voice) & {all: () => [string, Voice][]}} VoiceOf `all`, in the order of their numbers
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
    const voice = { number: voices.size + 1, hue: HUES[voices.size] ?? (voices.size * GOLDEN_ANGLE) % 360 };
    voices.set(rawId, voice);
    return voice;
  }
}

/**
 * The speaker's name, or a short form of the id that nobody has to read.
 * @param {Record<string, string>} names by raw id @param {import("./captions.d.ts").Speaker} speaker
 * @param {Voice} voice
 */
export function nameOf(names, speaker, voice) {
  return names[speaker.id] ?? speaker.name ?? `Speaker ${voice.number}`;
}
