"""TypeScript for a front end: the declarations of an app's actions, and the manifest that a bundler reads."""
