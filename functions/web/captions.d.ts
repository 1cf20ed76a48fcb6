/**
 * Live captions of one session, in any page. No key reaches the browser: your back end asks for access, this module
 * reads. How to embed it: docs/embedding.md. Offsets and durations are ms, offsets from the session's `createdAt`.
 */

/** What `POST /api/sessions/{id}/captions` answers, unchanged. */
export interface CaptionsAccess {
  url: string;
  /** `session-{id}` */
  group: string;
  readToken: string;
  /** RFC 3339 */
  expiresAt: string;
}

export interface Speaker {
  /** The provider's raw id */
  id: string;
  /** The name when it was read; `Captions.nameOf` knows the one that is in force. */
  name?: string;
}

export interface Caption {
  /** Words that will not change; else an interim, which its speaker's next caption replaces. */
  final: boolean;
  /** False: it was said before this viewer came. */
  live: boolean;
  /** Every final has one. */
  segmentId?: string;
  stream: string;
  /** Counts the finals of the stream; of an interim, those before it. */
  seq: number;
  speaker: Speaker;
  text: string;
  offsetMs: number;
  /** Every final has one. */
  durationMs?: number;
  locale?: string;
  confidence?: number;
  /** RFC 3339 */
  receivedAt?: string;
}

/** A stretch in which nothing could be heard. */
export interface Gap {
  gap: true;
  offsetMs: number;
  durationMs: number;
}

export type Line = Caption | Gap;

export interface SessionError {
  code: number;
  subCode?: number;
  message: string;
  /** The word of a provider that has words instead of numbers. */
  reason?: string;
  /** What a person can do. */
  remedy: string;
  retryable: boolean;
}

export type SessionState = "connecting" | "starting" | "active" | "interrupted" | "stopping" | "stopped" | "failed";

/** The session as in docs/api.md; what is not known yet is absent. Moments are RFC 3339. */
export interface Session {
  id: string;
  /** Rises with every change. */
  revision: number;
  state: SessionState;
  desired: "transcribing" | "stopped";
  call: {
    groupCallId?: string;
    serverCallId?: string;
    roomId?: string;
    callId?: string;
    to?: string[];
    from?: string;
    incoming?: true;
    /** Whose call it is, if not ACS's. */
    provider?: string;
  };
  locale: string;
  interimResults: boolean;
  startAt: "connected" | "setup";
  createdAt: string;
  attempt: number;
  /** Names by raw id. */
  speakers: Record<string, string>;
  callConnectionId?: string;
  serverCallId?: string;
  correlationId?: string;
  connectedAt?: string;
  startedAt?: string;
  endedAt?: string;
  /** ISO 8601 */
  duration?: string;
  cause?: "closed" | "connection-error" | "error";
  error?: SessionError;
  speechModelEndpointId?: string;
  tag?: string;
  replacedBy?: string;
}

/** `ended`: nothing comes any more, unless the session is started again. */
export type Connection = "connecting" | "live" | "reconnecting" | "ended";

export interface Options {
  /** Where Verbatim is, as `https://YOUR-APP.azurewebsites.net`; may have a path. */
  baseUrl: string;
  /**
   * Ask your own back end for access: at first, and again when it expires or is refused; never twice at a time. If it
   * rejects with an error whose `status` and `code` are those of the service's problem document, 404 and `not-found`,
   * the session is gone; a `status` of 410 says so, too. After any other it is asked again.
   */
  getAccess(signal: AbortSignal): Promise<CaptionsAccess>;
  /** An interim, or a final; each final once. A late one belongs before others: `Captions.lines` is in order. */
  onCaption?(caption: Caption): void;
  /** The session changed: its state, locale, names, error. */
  onSession?(session: Session): void;
  /** Each gap once. */
  onGap?(gap: Gap): void;
  /** `Captions.interims` is another now. */
  onInterimsChanged?(): void;
  onConnection?(connection: Connection): void;
  /** The transcript cannot be read now; null: it can again. `session-gone` stays. */
  onProblem?(problem: CaptionsProblem | null): void;
  /** Closes, as `Captions.close` does. */
  signal?: AbortSignal;
}

export interface Captions {
  /** Finals and gaps, in order. The same array all the time. */
  readonly lines: readonly Line[];
  /** Words still being said, one of each speaker, in order. */
  readonly interims: readonly Caption[];
  /** Null until it was read first. */
  readonly session: Session | null;
  /** The name that a speaker has now, if one is known. */
  nameOf(speakerId: string): string | undefined;
  /** Tell of the session what you know from elsewhere; an older revision is dropped. */
  takeSession(session: Session): void;
  /** Nothing is called back from then on. */
  close(): void;
}

/**
 * Read a session along. Nothing is called back before it has returned.
 * @throws TypeError if `baseUrl` is no URL or `getAccess` no function
 */
export function connectCaptions(options: Options): Captions;

export class CaptionsProblem extends Error {
  constructor(message: string, details?: { status?: number; code?: string; remedy?: string });
  /** HTTP's; 0 if no answer came. */
  readonly status: number;
  /** `unreachable`, `access-failed`, `access-malformed`, `access-stale`, `session-gone`, `unexpected-answer`, or the API's */
  readonly code: string;
  /** What a person can do. */
  readonly remedy: string;
}

/** What tells a line from all others. */
export function keyOf(line: Line): string;

/** The order of lines, for `sort`: by place, a gap before the words that follow it. */
export function compareLines(one: Line, other: Line): number;
