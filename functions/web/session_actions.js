/** What can be done with a session: stop, start again, another language, a file of its transcript, erase. */

import { downloadJson, downloadText } from "./downloads.js";
import { suggestLocalesOf } from "./locale_lists.js";
import { callInWords, isOver } from "./wording.js";

/** A second click that was meant for another button comes within this time. */
const DOUBLE_CLICK_MS = 800;

/**
 * @typedef {object} Subject
 * @property {() => import("./session_view.js").Opened | null} opened
 * @property {(session: any) => void} take a newer state of it
 * @property {(id: string) => void} onErased
 */

/**
 * @param {(id: string) => any} part @param {import("./api.js").Call} api @param {import("./act.js").Act} act
 * @param {Subject} subject
 */
export function createSessionActions(part, api, act, { opened, take, onErased }) {
  part("stop").addEventListener("click", () => act(part("stop"), () => change("/stop")));
  part("restart").addEventListener("click", () => act(part("restart"), () => change("/start")));
  part("language").addEventListener("submit", onLanguage);
  part("downloads").addEventListener("click", onDownload);
  part("erase").addEventListener("click", () => part("erasing").showModal());
  part("keep").addEventListener("click", () => part("erasing").close());
  part("erase-now").addEventListener("click", () => act(part("erase-now"), erase));
  return { show };

  /** Offer what makes sense now. @param {any} session null while there is none */
  function show(session) {
    const runs = session !== null && !isOver(session) && session.desired !== "stopped";
    const restarts = session !== null && !runs;
    if (runs && !part("restart").hidden) holdBack(part("stop"));
    if (restarts && !part("stop").hidden) holdBack(part("restart"));
    part("stop").hidden = !runs;
    part("restart").hidden = !restarts;
    part("language-menu").hidden = !runs;
    part("tools").hidden = session === null;
    if (session === null) return part("erasing").close();
    part("erase-what").textContent = callInWords(session);
    suggestLocalesOf(part("new-locale"), session.call.provider);
    if (document.activeElement !== part("new-locale")) part("new-locale").value = session.locale;
  }

  /** It takes the place of another, and a double click on that shall be none on this. @param {HTMLButtonElement} button */
  function holdBack(button) {
    button.disabled = true;
    setTimeout(() => (button.disabled = false), DOUBLE_CLICK_MS);
  }

  async function change(what, method = "POST", body = undefined) {
    const { id, signal } = opened();
    const response = await api(`/api/sessions/${encodeURIComponent(id)}${what}`, { method, body, signal });
    take(await response.json());
  }

  function onLanguage(event) {
    event.preventDefault();
    const locale = part("new-locale").value.trim();
    act(part("change-language"), async () => {
      await change("", "PATCH", { locale });
      part("language-menu").open = false;
    });
  }

  function onDownload({ target }) {
    const button = target.closest("button");
    if (button === null) return;
    const { id, signal } = opened();
    const { format } = button.dataset;
    act(button, () => (format === "json" ? downloadJson(api, id, signal) : downloadText(api, id, format, signal)));
    part("download-menu").open = false;
    part("download-menu").querySelector("summary").focus();
  }

  async function erase() {
    const { id } = opened();
    part("erasing").close();
    await api(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
    onErased(id);
  }
}
