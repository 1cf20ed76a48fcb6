/** The page stays at its end while the call goes on, unless the reader scrolls away. */

const NEAR_PX = 96;

/**
 * @param {HTMLButtonElement} button leads back to the end
 * @returns {{grown: () => void, follow: (wanted: boolean) => void}} `grown` after new words, `follow` to begin or cease
 */
export function createFollower(button) {
  let isWanted = false;
  let isAtEnd = true;
  let lastTop = 0;
  window.addEventListener("scroll", onScroll, { passive: true });
  window.addEventListener("resize", stay, { passive: true });
  button.addEventListener("click", jump);
  return { grown, follow };

  function onScroll() {
    look();
    showButton();
  }

  /** Scrolling up is the reader's wish; words that come never do that. */
  function look() {
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    if (scrollHeight - clientHeight - scrollTop < NEAR_PX) isAtEnd = true;
    else if (scrollTop < lastTop) isAtEnd = false;
    lastTop = scrollTop;
  }

  /** The reader may have scrolled a moment ago, and the event is still to come. */
  function grown() {
    look();
    stay();
  }

  function stay() {
    if (isWanted && isAtEnd) toEnd();
    showButton();
  }

  function follow(wanted) {
    isWanted = wanted;
    isAtEnd = wanted;
    stay();
  }

  function jump() {
    isAtEnd = true;
    stay();
  }

  function toEnd() {
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    lastTop = document.documentElement.scrollTop;
  }

  function showButton() {
    button.hidden = !isWanted || isAtEnd;
  }
}
