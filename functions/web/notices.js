/** What is wrong, and what a person can do about it. */

/** @param {HTMLElement} notice holds a paragraph for each @param {{message: string, remedy?: string} | null | undefined} said */
export function showNotice(notice, said) {
  const [message, remedy] = notice.querySelectorAll("p");
  notice.hidden = !said?.message;
  if (message.textContent !== (said?.message ?? "")) message.textContent = said?.message ?? "";
  if (remedy.textContent !== (said?.remedy ?? "")) remedy.textContent = said?.remedy ?? "";
}
