/**
 * `jetbridge/pages`: a page that Python printed in, React in charge of it out, with components of the author's own.
 *
 * The client that every page of ours has, built by Vite together with the components, so that there is one React.
 */
import { boot } from "../client/boot.tsx";
import { callServer } from "../client/calls.ts";
import { openCalls } from "./reference.ts";

openCalls((id, args, { signal }) => callServer(id, signal === undefined ? args : [...args, signal]));
void boot({ target: null, submitted: false, over: true });
