/**
 * Entra ID's protocol for a page without a server of its own: authorization code with PKCE, then refresh tokens.
 * From Microsoft's page "Microsoft identity platform and OAuth 2.0 authorization code flow".
 */

import { Problem, reach } from "./api.js";
import { tabStorage } from "./browser_storage.js";

const ATTEMPT = "verbatim-sign-in-attempt";
const RENEW_BEFORE_MS = 5 * 60_000;
const REMEDY = "Try again in a few seconds.";

/**
 * @typedef {{authority: string, tenantId: string, clientId: string, scope: string}} App the app registration
 * @typedef {{accessToken: string, refreshToken: string, name: string, renewAt: number, endsAt: number}} Tokens ms
 * @typedef {{state: string, nonce: string, verifier: string, returnTo: string}} Attempt
 * @typedef {{attempt: Attempt, code: string} | {reason: string}} Returned from Entra, with a code or without
 */

/** Entra gives no tokens; the message is its own. */
export class SignInRefused extends Error {}

/**
 * Go to Entra ID, and come back to where the page is now.
 * @param {App} app @param {boolean} chooseAccount @returns {Promise<boolean>} false: who came back would not be known
 */
export async function leaveToSignIn(app, chooseAccount) {
  const attempt = { state: random(), nonce: random(), verifier: random(), returnTo: location.hash };
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier));
  if (!tabStorage.set(ATTEMPT, JSON.stringify(attempt))) return false;
  const asked = {
    response_type: "code",
    response_mode: "fragment", // which no server sees, and no log
    redirect_uri: page(),
    scope: scopes(app),
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: "S256",
    ...(chooseAccount ? { prompt: "select_account" } : {}),
  };
  location.assign(`${flow(app)}/authorize?${new URLSearchParams({ client_id: app.clientId, ...asked })}`);
  return true;
}

/** Sign out at Entra ID, too, and come back. @param {App} app */
export function leaveToSignOut(app) {
  location.assign(`${flow(app)}/logout?${new URLSearchParams({ post_logout_redirect_uri: page() })}`);
}

/**
 * What Entra sent back in the address, which is put back to what it was before. Null if it sent nothing.
 * @returns {Returned | null}
 */
export function takeReturn() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (!said.has("state") || !(said.has("code") || said.has("error"))) return null;
  const attempt = JSON.parse(tabStorage.get(ATTEMPT) ?? "null");
  const isOurs = attempt !== null && attempt.state === said.get("state");
  history.replaceState(null, "", location.pathname + (isOurs ? attempt.returnTo : ""));
  if (!isOurs) return { reason: "That sign-in was not begun in this tab." };
  tabStorage.remove(ATTEMPT);
  const code = said.get("code");
  return code === null ? { reason: firstLine(said.get("error_description") ?? said.get("error") ?? "") } : { attempt, code };
}

/** The tokens of a new sign-in. @param {App} app @param {Attempt} attempt @param {string} code @returns {Promise<Tokens>} */
export async function redeem(app, attempt, code) {
  const form = { grant_type: "authorization_code", code, code_verifier: attempt.verifier, redirect_uri: page() };
  const answer = await askForTokens(app, form);
  if (claimsOf(answer.id_token).nonce !== attempt.nonce) throw new SignInRefused("This is the answer to another sign-in.");
  return tokensOf(answer, "");
}

/** New tokens for old ones. @param {App} app @param {Tokens} old @returns {Promise<Tokens>} Raises SignInRefused, Problem. */
export async function renew(app, old) {
  const form = { grant_type: "refresh_token", refresh_token: old.refreshToken };
  return tokensOf(await askForTokens(app, form), old.refreshToken);
}

/** @param {App} app @param {Record<string, string>} form @returns {Promise<any>} Raises SignInRefused, Problem. */
async function askForTokens(app, form) {
  const body = new URLSearchParams({ client_id: app.clientId, scope: scopes(app), ...form });
  const response = await reach(`${flow(app)}/token`, { method: "POST", body });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status >= 500 || response.status === 429)
    throw new Problem({ status: response.status, detail: "Microsoft Entra ID gives no tokens just now.", remedy: REMEDY });
  throw new SignInRefused(firstLine(answer.error_description ?? answer.error ?? ""));
}

/** @param {any} answer @param {string} oldRefreshToken @returns {Tokens} */
function tokensOf(answer, oldRefreshToken) {
  const claims = claimsOf(answer.id_token);
  const lifetime = answer.expires_in * 1000;
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? oldRefreshToken,
    name: claims.name ?? claims.preferred_username ?? "",
    renewAt: Date.now() + lifetime - Math.min(RENEW_BEFORE_MS, lifetime / 2),
    endsAt: Date.now() + lifetime,
  };
}

/** What an id token says. It came from Entra itself by TLS, so its signature proves nothing more. @param {string} token */
function claimsOf(token) {
  const payload = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(payload, (letter) => letter.charCodeAt(0))));
}

const flow = (app) => `${app.authority}/${app.tenantId}/oauth2/v2.0`;
const page = () => `${location.origin}/app`;
const scopes = (app) => `openid profile offline_access ${app.scope}`;
const firstLine = (text) => text.split(/[\r\n]/, 1)[0];
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
