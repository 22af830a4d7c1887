/** Types: what the declarations that `jetbridge types` writes are made of. */
import type { ActionError } from "../client/errors.ts";

/** What is wrong with fields, by their paths; those of the action's own parameters are known by name. */
export type FieldErrors<Field extends string = string> = { readonly [Name in Field]?: string } & {
  readonly [path: string]: string | undefined;
};

/** What a form's last submit came to, as `useActionState(action.state, null)` gives it. */
export interface ActionState<Result, Field extends string = string> {
  /** What the action returned; null after an error. */
  readonly result: Result | null;
  /** The expected error (`raise ActionError(…)`, or input that its annotations refuse); null after success. */
  readonly error: ActionError | null;
  readonly fieldErrors: FieldErrors<Field>;
  /** Their codes, by which a program knows them: `missing`, `int_parsing`. */
  readonly fieldCodes: { readonly [path: string]: string | undefined };
  /** The texts that were submitted, by field, to fill the form again after an error; no passwords, no files. */
  readonly input: { readonly [field: string]: string | readonly string[] };
}

/** How much of a call has been sent, in bytes. */
export interface Progress {
  readonly sent: number;
  readonly total: number;
}

export interface CallOptions {
  /** Stops waiting for the answer and reading its streams. An action that has begun runs to its end on the server. */
  signal?: AbortSignal;
  /** Called while the arguments are sent, which matters for files. The answer then arrives as a whole. */
  onProgress?: (progress: Progress) => void;
  /** Headers of this call, beside the configured ones. */
  headers?: Record<string, string>;
}

/** What may be bound: any number of the first arguments. */
type Leading<Args extends unknown[]> = Args extends []
  ? []
  : Args extends [infer First, ...infer Rest]
    ? [] | [First, ...Leading<Rest>]
    : number extends Args["length"]
      ? Args
      : Args extends [(infer First)?, ...infer Rest]
        ? [] | [First, ...Leading<Rest>]
        : [];

type Following<Args extends unknown[], Bound extends unknown[]> = Bound extends [unknown, ...infer More]
  ? Args extends [unknown?, ...infer Rest]
    ? Following<Rest, More>
    : []
  : Args;

/**
 * An action of the server as a function. Rejects with an ActionError, a ServerError or a NetworkError.
 *
 * A submitted form fills its parameters by name. The overload without a value is for React's form props, which take
 * functions that give none; the last one is what `ReturnType` and `Parameters` see.
 */
export interface ServerAction<Args extends unknown[], Result, Field extends string = string> {
  (...args: Args | [form: FormData]): Promise<Result>;
  (form: FormData): void;
  (...args: Args): Promise<Result>;

  /** The same for `useActionState(action.state, null)`: expected errors are part of the state, and do not reject. */
  readonly state: (
    previous: ActionState<Result, Field> | null,
    payload: FormData | Args[0],
  ) => Promise<ActionState<Result, Field> | null>;

  /** The same with its first arguments given. They are sent as they are: the server checks them like all others. */
  bind<Bound extends Leading<Args>>(
    self: null | undefined,
    ...bound: Bound
  ): ServerAction<Following<Args, Bound>, Result, Field>;

  /** The same with a signal to stop it, or a function that hears how far the upload is. */
  with(options: CallOptions): ServerAction<Args, Result, Field>;
}
