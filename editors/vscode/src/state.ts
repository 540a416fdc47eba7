// What the server is doing, as one value that everything on the screen is drawn from.

export type ServerState =
  | { readonly kind: 'starting' }
  /** `detail` is what the server says about its progress. */
  | { readonly kind: 'reading'; readonly version: string; readonly detail: string }
  /** `detail` is what the server said at the end of its reading, for example how many solutions it found. */
  | { readonly kind: 'ready'; readonly version: string; readonly detail: string }
  /** `missing`: there is no program to start; `failed`: there is one, and it does not run. */
  | { readonly kind: 'stopped'; readonly cause: 'missing' | 'failed'; readonly reason: string };
