/** Settings: what a front end says about its server, and what calls go by. */
export interface Settings {
  /** Where actions answer, such as `/actions/` or `https://api.example.com/actions/`; the manifest says it else. */
  url?: string;
  /** Headers of every call, or what gives them; a bearer token, for one. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** As fetch has it; `include` for a server on another origin that knows its visitors by cookies. */
  credentials?: RequestCredentials;
  /** Goes where a `redirect()` leads. The browser loads it, unless a router of yours knows better. */
  navigate?: (url: string) => void | Promise<void>;
  /** Hears of every unexpected error of an action, before the call rejects with it. */
  onServerError?: (error: Error) => void;
}

export const settings: Settings = {};

/** Change settings; those that are not named stay. */
export function configure(changed: Settings): void {
  Object.assign(settings, changed);
}
