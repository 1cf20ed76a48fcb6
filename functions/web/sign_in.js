/** How people get in: with a function key, or with Entra ID where the deployment has it. */

import { accepted, reach } from "./api.js";
import { createEntraSignIn } from "./entra_sign_in.js";
import { takeReturn } from "./entra_tokens.js";
import { createKeySignIn } from "./key_door.js";

/**
 * @typedef {{keyDoor: HTMLElement, entraDoor: HTMLElement, house: HTMLElement, signOut: HTMLButtonElement}} Parts
 * @typedef {Record<string, string>} Credentials headers
 * @typedef {{credentials: () => Promise<Credentials>, refused: (used: Credentials) => Promise<void>}} SignIn
 * `credentials` open the API; they may wait for a person. `refused` tells that they did not, and ends when there are
 * others. Both raise Problem.
 */

/**
 * Takes what Entra sent back out of the address at once: call it before the address is read.
 * @param {Parts} parts @returns {SignIn}
 */
export function createSignIn(parts) {
  const returned = takeReturn();
  /** @type {Promise<SignIn> | null} */
  let chosen = null;

  async function choose() {
    const asked = await (await accepted(await reach("/app/sign-in.json"))).json();
    return asked.kind === "entra" ? createEntraSignIn(asked, returned, parts) : createKeySignIn(parts);
  }

  /** How this deployment does it, asked for once. @returns {Promise<SignIn>} */
  function way() {
    chosen ??= choose().catch((error) => {
      chosen = null;
      throw error;
    });
    return chosen;
  }

  return {
    credentials: async () => (await way()).credentials(),
    refused: async (used) => (await way()).refused(used),
  };
}
