// Builds after an installation. npm also runs it when `npx user-import` is first used in a checkout: a demo or a
// worker may be running from dist/ then, so a build that is up to date is left alone.
import { isBuilt } from './built.mjs';

if (!isBuilt()) await import('./build.mjs');
