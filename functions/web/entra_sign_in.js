/** Sign-in with Entra ID. The tokens live in this tab's session storage, and are renewed before they end. */

import { tabStorage } from "./browser_storage.js";
import { SignInRefused, leaveToSignIn, leaveToSignOut, redeem, renew } from "./entra_tokens.js";

const KEPT = "verbatim-sign-in";
const ENDED = "Your sign-in has ended. Sign in again to go on.";

const NO_WAY_BACK = "This browser keeps nothing for this page, so a sign-in would be lost. Let it keep this site's data.";

/** Tokens that are refused again so soon after the last were not taken for a reason that new ones will not change. */
const SOON_MS = 60_000;

/**
 * @typedef {import("./entra_tokens.js").Tokens} Tokens
 * @param {import("./entra_tokens.js").App} app @param {import("./entra_tokens.js").Returned | null} returned
 * @param {import("./sign_in.js").Parts} parts @returns {import("./sign_in.js").SignIn}
 */
export function createEntraSignIn(app, returned, { entraDoor, house, signOut }) {
  /** @type {Promise<Tokens> | null} */
  let arriving = null;
  let refusedAt = 0;
  showAccount();

  /** The tokens to use now. All who ask while they are got get the same. @param {() => Promise<Tokens>} get */
  function once(get) {
    arriving ??= get().finally(() => (arriving = null));
    return arriving;
  }

  async function arrive() {
    const fromEntra = returned;
    if (fromEntra && "code" in fromEntra) return keep(await redeemed(fromEntra));
    const tokens = kept();
    if (tokens === null) return signedIn(fromEntra && "reason" in fromEntra ? fromEntra.reason : "");
    return Date.now() < tokens.renewAt ? tokens : renewed(tokens);
  }

  /** @param {{attempt: import("./entra_tokens.js").Attempt, code: string}} fromEntra */
  async function redeemed({ attempt, code }) {
    try {
      const tokens = await redeem(app, attempt, code);
      returned = null;
      return tokens;
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      return signedIn(error.message);
    }
  }

  /** @param {Tokens} tokens @returns {Promise<Tokens>} the old ones if they still hold and Entra is out of reach */
  async function renewed(tokens) {
    try {
      return keep(await renew(app, tokens));
    } catch (error) {
      if (error instanceof SignInRefused) return signedIn(ENDED);
      if (Date.now() < tokens.endsAt) return tokens;
      throw error;
    }
  }

  /** Tokens that the service did not take: a second try with new ones, then the door. @param {Tokens} tokens */
  async function replaced(tokens) {
    const isSecond = Date.now() - refusedAt < SOON_MS;
    refusedAt = Date.now();
    if (isSecond) return signedIn(`${tokens.name || "This account"} may not come in here. Try another account.`, true);
    return renewed({ ...tokens, endsAt: 0 });
  }

  /** Whoever comes to the door leaves the page to sign in: this never ends. @param {string} reason */
  function signedIn(reason, chooseAccount = false) {
    tabStorage.remove(KEPT);
    const form = /** @type {HTMLFormElement} */ (entraDoor.querySelector("form"));
    const refusal = /** @type {HTMLElement} */ (entraDoor.querySelector("[role=alert]"));
    refusal.textContent = reason;
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (!(await leaveToSignIn(app, chooseAccount))) refusal.textContent = NO_WAY_BACK;
    };
    entraDoor.hidden = false;
    house.hidden = true;
    form.querySelector("button")?.focus();
    return new Promise(() => {});
  }

  /** @param {Tokens} tokens */
  function keep(tokens) {
    tabStorage.set(KEPT, JSON.stringify(tokens));
    showAccount();
    return tokens;
  }

  function showAccount() {
    const tokens = kept();
    signOut.hidden = tokens === null;
    signOut.textContent = tokens?.name ? `Sign out ${tokens.name}` : "Sign out";
    signOut.onclick = () => {
      tabStorage.remove(KEPT);
      leaveToSignOut(app);
    };
  }

  return {
    credentials: async () => bearer(await once(arrive)),
    async refused(used) {
      const tokens = kept();
      if (tokens !== null && bearer(tokens).Authorization === used.Authorization) await once(() => replaced(tokens));
    },
  };
}

/** @returns {Tokens | null} */
const kept = () => JSON.parse(tabStorage.get(KEPT) ?? "null");
/** @param {Tokens} tokens */
const bearer = (tokens) => ({ Authorization: `Bearer ${tokens.accessToken}` });
