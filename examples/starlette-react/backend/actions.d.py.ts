// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/** Vote, or change your mind. */
export declare const vote: ServerAction<[drink: "Coffee" | "Tea" | "Water"], { [key: string]: number }, "drink">;

/** The counts now, and whenever somebody has voted. */
export declare const watch: ServerAction<[], AsyncIterable<{ [key: string]: number }>, never>;
//# sourceMappingURL=actions.d.py.ts.map
