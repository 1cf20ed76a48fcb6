/** The languages that a field suggests, and which of them is likely spoken. */

const FALLBACK = "en-US";

/**
 * Those of a provider that has few, or those that all others have.
 * @param {HTMLInputElement} field @param {string | undefined} provider
 */
export function suggestLocalesOf(field, provider) {
  const own = `${provider}-locales`;
  field.setAttribute("list", document.getElementById(own) === null ? "locales" : own);
}

/**
 * The reader's own locale. Of a provider that has few, the nearest: one of the same language, else its first.
 * @param {HTMLInputElement} field @param {string} own as in navigator.language
 */
export function likelyLocale(field, own) {
  if (field.getAttribute("list") === "locales") return /^[a-z]{2,3}-[A-Z]{2}$/.test(own) ? own : FALLBACK;
  const few = [...field.list.options].map(({ value }) => value);
  return few.find((one) => one === own) ?? few.find((one) => one.slice(0, 2) === own.slice(0, 2)) ?? few[0];
}
