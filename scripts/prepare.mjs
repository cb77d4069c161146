// Builds after an installation. npm runs it also when `npx user-import` is first used in a checkout: a demo or worker may
// run from dist/ then, and stays undisturbed where there is nothing to build.
import { isBuilt } from './built.mjs';

if (!isBuilt()) await import('./build.mjs');
