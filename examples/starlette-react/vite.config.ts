import react from "@vitejs/plugin-react";
import { jetbridge } from "jetbridge/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), jetbridge()],
  server: { proxy: { "/api": process.env.JETBRIDGE_SERVER ?? "http://127.0.0.1:8000" } },
});
