/** The page: its parts, and which of them the address shows. */

import { createApi } from "./api.js";
import { closeMenusElsewhere } from "./menus.js";
import { createSessionView } from "./session_view.js";
import { createSessionsList } from "./sessions_list.js";
import { createSignIn } from "./sign_in.js";
import { createStartForm } from "./start_form.js";
import { createTextSize } from "./text_size.js";
import { callInWords, stateInWords } from "./wording.js";

const SESSION = /^#\/sessions\/([^/]+)$/;

/** @type {(id: string) => any} each is of the kind that index.html gives it */
const part = (id) => document.getElementById(id);
const doors = { keyDoor: part("door"), entraDoor: part("entra-door"), house: part("house"), signOut: part("sign-out") };
const api = createApi(createSignIn(doors));
const view = createSessionView(part, api, { onSession, onErased });
const list = createSessionsList(
  {
    list: part("sessions"),
    none: part("no-sessions"),
    more: part("more-sessions"),
    problem: part("sessions-problem"),
    row: part("session-row"),
  },
  api,
  { onSession: view.take, onReached: view.noteService },
);
createStartForm(part("start"), api, onStarted);
createTextSize({ smaller: part("smaller"), larger: part("larger"), told: part("size-told") }, view.remeasure);
closeMenusElsewhere(document.querySelectorAll("details.menu"));
part("skip").addEventListener("click", skip);
window.addEventListener("hashchange", onAddressChanged);
list.read();
showAddress();

function showAddress() {
  const id = SESSION.exec(location.hash)?.[1] ?? "";
  document.body.dataset.shows = id === "" ? "sessions" : "session";
  document.title = "Verbatim";
  part("welcome").hidden = id !== "";
  part("session").hidden = id === "";
  list.choose(id);
  if (id === "") view.close();
  else view.open(id);
}

/** Whoever chose another session goes on reading there, with the keyboard as well. */
function onAddressChanged() {
  part("told").textContent = "";
  showAddress();
  const target = part("session").hidden ? part("content") : part("session-name");
  target.focus({ preventScroll: true });
}

function onSession(session) {
  document.title = `${callInWords(session)} · ${stateInWords(session)} · Verbatim`;
  list.take(session);
}

function onStarted(session) {
  list.take(session);
  location.hash = `#/sessions/${session.id}`;
}

function onErased(id) {
  list.forget(id);
  location.hash = "#/";
  window.addEventListener("hashchange", () => (part("told").textContent = "The session is being erased."), { once: true });
}

/** The address is the session's, so a jump within the page must not change it. */
function skip(event) {
  event.preventDefault();
  part("content").focus();
}
