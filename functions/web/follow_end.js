/** The page stays at its end while the call goes on, unless the reader scrolls away. */

const NEAR_PX = 96;

/** @param {HTMLButtonElement} button leads back to the end @param {() => void} onJump to go there now */
export function createFollower(button, onJump) {
  let isWanted = false;
  let isAtEnd = false;
  let lastTop = 0;
  let unseen = 0;
  button.onclick = jump;
  return { grown, follow, goOn, look, leave, jump, isFollowing: () => isAtEnd };

  /** Scrolling up is the reader's wish; words that come never do that. */
  function look() {
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    const isNear = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    if (scrollTop < lastTop && !isNear) isAtEnd = false;
    else if (isNear && (isWanted || scrollTop > lastTop)) isAtEnd = true;
    lastTop = scrollTop;
    showButton();
  }

  /** More is there; the reader may have scrolled a moment ago. @param {number} lines */
  function grown(lines) {
    look();
    if (!isAtEnd) unseen += lines;
    showButton();
  }

  /** @param {boolean} wanted */
  function follow(wanted) {
    isWanted = isAtEnd = wanted;
    unseen = 0;
    showButton();
  }

  /** Words may come, also after an end: whoever reads there stays there, all others are offered the way back. */
  function goOn() {
    isWanted = true;
    look();
  }

  /** The reader wants to be elsewhere. */
  function leave() {
    isAtEnd = false;
    unseen = 0;
    showButton();
  }

  function jump() {
    isAtEnd = true;
    onJump();
    lastTop = document.documentElement.scrollTop;
    showButton();
  }

  function showButton() {
    if (isAtEnd) unseen = 0;
    button.hidden = !isWanted || isAtEnd;
    button.textContent = unseen > 0 ? `Jump to live · ${unseen} new` : "Jump to live";
  }
}
