/**
 * `jetbridge/pages`: a page that Python printed in, React in charge of it out, with components of the author's own.
 *
 * The client that every page of ours has, built by Vite together with the components, so that there is one React.
 */
import { boot } from "../client/boot.tsx";
import { type About, callFromPage, Told } from "../client/calls.ts";
import { equipActions } from "../client/streamed.ts";
import { upload } from "../client/upload.ts";
import { type About as Said, equip, openCalls } from "./reference.ts";

function about({ signal, onProgress, headers, bound }: Omit<Said, "url">): About {
  const send = onProgress && ((to: string, init: RequestInit) => upload(to, init, (sent, total) => onProgress({ sent, total })));
  return { ...(signal && { signal }), headers, bound, send };
}

openCalls((id, args, said) => callFromPage(id, args, about(said)));
equipActions((action) => equip(action, (args, said) => action(...args, new Told(about(said)))));
void boot({ target: null, submitted: false, over: true });
