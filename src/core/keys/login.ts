import * as z from 'zod/mini';

/**
 * The name of a credential file without its ending: `kimi-code` for the default host, else a hash
 * of the log-in host and the base URL (kimi.md 8).
 */
const SLOT = /^kimi-code(?:-env-[0-9a-f]{16})?$/;

/** The credential files of a command-line program. */
export const LOGIN_FILE = /^kimi-code(?:-env-[0-9a-f]{16})?\.json$/;

/**
 * Which log-in of which program. This is what is stored in place of a token, which would end after
 * 15 minutes: a name of one of the files that we know, never a path.
 */
export const LoginLink = z.object({
  program: z.enum(['kimiCode', 'kimiCli']),
  slot: z.string().check(z.regex(SLOT)),
});
export type LoginLink = z.infer<typeof LoginLink>;

/** The access token of a log-in. It is never renewed by us: that is the program's own business. */
export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The token of a log-in that is still there, and the host that it is for. */
export interface LinkedToken extends AccessToken {
  readonly origin: string;
}

/** A token that ends sooner could end on its way to Kimi. */
const EXPIRY_MARGIN_MS = 60_000;

/** Whether a token may still be sent at `now` (epoch milliseconds). */
export function isTokenValid({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): boolean {
  return expiresAt > now + EXPIRY_MARGIN_MS;
}

const KEPT: readonly string[] = ['', 'access_token', 'expires_at'];

const Credential = z.object({
  // An empty one marks a log-in that was revoked.
  access_token: z.string().check(z.regex(/^[\x21-\x7E]{1,8192}$/)),
  /** In seconds; the older program writes a fraction. */
  expires_at: z.number().check(z.gte(0), z.lte(1e11)),
});

/**
 * Reads the text of a credential file: the access token and its end. Everything else in it, the
 * refresh token above all, is dropped while the text is parsed. Undefined: no token, or revoked.
 */
export function parseAccessToken(text: string): AccessToken | undefined {
  try {
    const kept: unknown = JSON.parse(text, (name, value: unknown) =>
      KEPT.includes(name) ? value : undefined,
    );
    const { data } = Credential.safeParse(kept);
    return data && { token: data.access_token, expiresAt: Math.round(data.expires_at * 1000) };
  } catch {
    return undefined;
  }
}
