/** Who speaks, and what they are called. A name holds for all that was said, before and after. */

import { copyOf } from "./line_items.js";

/**
 * @typedef {{id: string, name: string, hue: number, isNamed: boolean}} Person
 * @param {(id: string) => any} part @param {import("./api.js").Call} api @param {import("./act.js").Act} act
 * @param {{opened: () => import("./session_view.js").Opened | null, take: (session: any) => void}} subject
 */
export function createPeople(part, api, act, { opened, take }) {
  let renamed = "";
  part("people-list").addEventListener("click", onClick);
  part("lines").addEventListener("click", onClick);
  part("rename").addEventListener("submit", onSubmit);
  part("rename-not").addEventListener("click", () => part("renaming").close());
  return { show, clear };

  function clear() {
    part("people-list").replaceChildren();
    part("renaming").close();
  }

  function show() {
    const people = opened()?.transcript.people() ?? [];
    const list = part("people-list");
    part("no-people").hidden = people.length > 0;
    people.forEach((person, index) => {
      const item = list.children[index] ?? list.appendChild(copyOf(part("person")));
      fill(item, person);
    });
  }

  /** @param {HTMLElement} item @param {Person} person */
  function fill(item, { id, name, hue }) {
    item.style.setProperty("--hue", String(hue));
    item.querySelector(".name").textContent = name;
    item.querySelector(".raw").textContent = id;
    const button = item.querySelector("button");
    button.dataset.rename = id;
    button.ariaLabel = `Rename ${name}`;
  }

  /** A name in the transcript leads here too. */
  function onClick({ target }) {
    const control = target.closest("[data-rename]") ?? target.closest(".name")?.closest("[data-speaker]");
    const id = control?.dataset.rename ?? control?.dataset.speaker;
    const person = opened()?.transcript.people().find((one) => one.id === id);
    if (person === undefined) return;
    renamed = id;
    part("rename-id").textContent = id;
    part("new-name").value = person.isNamed ? person.name : "";
    part("renaming").showModal();
    part("new-name").select();
  }

  function onSubmit(event) {
    event.preventDefault();
    const [id, name] = [renamed, part("new-name").value.trim()];
    act(part("rename-now"), () => rename(id, name)).finally(() => part("renaming").close());
  }

  /** No name: the one that the service told, if it told any. */
  async function rename(id, name) {
    const { id: sessionId, signal } = opened();
    const path = `/api/sessions/${encodeURIComponent(sessionId)}/speakers`;
    take(await (await api(path, { method: "PATCH", body: { [id]: name || null }, signal })).json());
  }
}
