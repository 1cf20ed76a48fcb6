/** The languages that a field suggests. */

/** Those of a provider that has few, or those that all others have. @param {HTMLElement} field @param {string} provider */
export function suggestLocalesOf(field, provider) {
  const own = `${provider}-locales`;
  field.setAttribute("list", document.getElementById(own) === null ? "locales" : own);
}
