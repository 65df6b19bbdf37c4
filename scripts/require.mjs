/** Gives `require` to CommonJS packages in a bundle that is an ES module. */
export const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
