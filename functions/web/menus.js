/** Menus that open over the page close when the reader goes on elsewhere. */

/** @param {Iterable<HTMLDetailsElement>} menus */
export function closeMenusElsewhere(menus) {
  for (const menu of menus) {
    document.addEventListener("click", ({ target }) => closeUnless(menu, target));
    menu.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && closeUnless(menu, relatedTarget));
    menu.addEventListener("keydown", (event) => onKey(menu, event));
  }
}

function closeUnless(menu, target) {
  if (!menu.contains(target)) menu.open = false;
}

function onKey(menu, event) {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}
