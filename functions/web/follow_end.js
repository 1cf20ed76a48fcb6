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
  window.addEventListener("resize", grown, { passive: true });
  button.addEventListener("click", jump);
  return { grown, follow };

  function onScroll() {
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    const isNear = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    if (isNear) isAtEnd = true;
    else if (scrollTop < lastTop) isAtEnd = false;
    lastTop = scrollTop;
    showButton();
  }

  function grown() {
    if (isWanted && isAtEnd) toEnd();
    showButton();
  }

  function follow(wanted) {
    isWanted = wanted;
    isAtEnd = wanted;
    grown();
  }

  function jump() {
    isAtEnd = true;
    grown();
  }

  function toEnd() {
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  }

  function showButton() {
    button.hidden = !isWanted || isAtEnd;
  }
}
