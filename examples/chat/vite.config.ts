import react from "@vitejs/plugin-react";
import { jetbridge } from "jetbridge/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [react(), jetbridge()] });
