/**
 * `jetbridge/pages`: a page that Python printed in, React in charge of it out, with components of the author's own.
 *
 * The client that every page of ours has, built by Vite together with the components, so that there is one React.
 */
import { boot } from "../client/boot.tsx";
import { callServer } from "../client/calls.ts";
import { openCalls } from "./reference.ts";
import { sendWithProgress } from "./upload.ts";

openCalls((id, args, { signal, onProgress, headers, bound }) => {
  const send = onProgress && ((to: string, init: RequestInit) => sendWithProgress(to, init, onProgress));
  return callServer(id, args, { ...(signal && { signal }), headers, bound, send });
});
void boot({ target: null, submitted: false, over: true });
