// What the server is doing, as one value that everything on the screen is drawn from.

export type ServerState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'reading'; readonly version: string }
  /** `found` is missing until the server has told what it read. */
  | { readonly kind: 'ready'; readonly version: string; readonly found?: Found }
  /** `missing`: there is no program to start; `failed`: there is one, and it does not run. */
  | { readonly kind: 'stopped'; readonly cause: 'missing' | 'failed'; readonly reason: string };

/** What the server has read. */
export interface Found {
  readonly solutions: number;
  readonly flows: number;
}

/** The server's own notification, made for the status item: what it is doing now. */
export const statusMethod = 'flowsentry/status';

export interface StatusParams extends Found {
  readonly state: 'reading' | 'ready';
}
