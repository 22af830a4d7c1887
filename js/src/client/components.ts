/** Components of ours that rows name, the same in the browser and where the server's React prints; forms differ. */
import { Boundary } from "./boundary.tsx";
import { ActionButton, Select } from "./form.tsx";
import { module } from "./protocol.ts";
import { LateContent } from "./suspense.tsx";
import { Pending } from "./waiting.tsx";

export const components = {
  [module.button]: ActionButton,
  [module.boundary]: Boundary,
  [module.select]: Select,
  [module.pending]: Pending,
  [module.suspense]: LateContent,
};
