/**
 * `jetbridge/ssr`: what runs in Node beside a Python server, and renders pages with client components.
 *
 * The Vite plugin makes a bundle of this, of React and of the components; Python starts it.
 */
export { createServerReference } from "../ssr/reference.ts";
export { serve } from "../ssr/worker.ts";
