/** Lets those who listen to the page hear new finals; words that may still change are not read out. */

const MOST_ANNOUNCED = 5;

/** @param {HTMLElement} region a polite live region @param {(rawId: string) => string} nameOf */
export function createAnnouncer(region, nameOf) {
  return { announce, clear };

  /** @param {import("./captions.d.ts").Caption} caption a final */
  function announce(caption) {
    const said = document.createElement("p");
    said.textContent = `${nameOf(caption.speaker.id)}: ${caption.text}`;
    said.lang = caption.locale ?? "";
    region.append(said);
    while (region.childElementCount > MOST_ANNOUNCED) region.firstElementChild.remove();
  }

  function clear() {
    region.replaceChildren();
  }
}
