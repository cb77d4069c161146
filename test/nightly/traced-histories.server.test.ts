/** What began on workers without traces goes on where they are turned on. */
import { beforeAll, expect, test } from 'vitest';
import { keptVersions } from '../support/releases.js';
import {
  FOLDER,
  quietly,
  replay,
  storedHistory,
  storedNames,
  TRACED_BUNDLE,
} from '../replay/histories.js';

beforeAll(quietly);

const ALL = keptVersions(FOLDER).flatMap((version) =>
  storedNames(version).map((name) => ({ version, name })),
);

test.each(ALL)(
  'workflows with traces would do again what the history $name of $version has',
  async ({ version, name }) => {
    expect(await replay(storedHistory(version, name), TRACED_BUNDLE)).toBeUndefined();
  },
);
