// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

export interface NewUser {
  name: string;
  email: string;
}

export declare const createUser: ServerAction<[user: NewUser], { [key: string]: unknown }, "name" | "email">;
//# sourceMappingURL=actions.d.py.ts.map
