// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/** Somebody to add. */
export interface NewUser {
  /** In full */
  name: string;
  email: string;
  role?: Role;
  born?: Date | null;
}

/** What somebody may do. */
export type Role = "reader" | "writer";

export interface User {
  id: number;
  name: string;
  role: Role;
  created: Date;
}

/**
 * Add somebody.
 *
 * Fails where the e-mail is taken.
 */
export declare const createUser: ServerAction<[user: NewUser], User, "name" | "email" | "role" | "born">;

/** Give somebody another name. */
export declare const renameUser: ServerAction<[id: number, name: string], void, "id" | "name">;

/** A name that JavaScript keeps for itself. */
declare const delete_: ServerAction<[id: number], void, "id">;
export { delete_ as delete };

/** For useActionState. */
export declare const add: ServerAction<[previous: number, step?: number | FormData], number, "step">;

/** As they come. */
export declare const words: ServerAction<[prompt: string], AsyncIterable<string>, "prompt">;

export declare const storeAvatar: ServerAction<[user_id: number, file: File | Blob, options?: { crop?: "square" | "none" }], string, "user_id" | "file" | "crop">;

export declare const nobodyImportsThis: ServerAction<[], string, never>;
//# sourceMappingURL=actions.d.py.ts.map
