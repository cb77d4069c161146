/**
 * Imports go down the floor plan, never up and never in a circle; what workflows reach, by however many steps, runs in
 * Temporal's sandbox. `npm run lint` checks it.
 */

/** From the top: a room may import the rooms below its own. Rooms of one floor do not know each other. */
const FLOORS = [
  ['dev'],
  ['src/cli'],
  ['src/index.ts', 'src/worker.ts'],
  ['src/plugin.ts'],
  ['src/activity-deps.ts'],
  ['src/worker-runtime.ts', 'src/health.ts'],
  ['src/worker-log.ts', 'src/listen.ts', 'src/worker-greeting.ts'],
  ['workflows'],
  ['activities'],
  ['src/undo', 'src/purge'],
  ['src/report'],
  ['src/checks'],
  ['src/progress', 'src/config.ts', 'src/registered-attributes.ts'],
  ['src/notify'],
  ['src/import', 'src/invitations', 'src/convert'],
  ['src/validation'],
  ['src/audit'],
  ['src/store'],
  ['src/kratos', 'src/presets'],
  ['src/identity'],
  ['src/csv', 'src/passwords', 'src/flow-control', 'src/telemetry'],
  ['src/contract'],
  ['src/format.ts', 'src/shell.ts', 'src/temporal.ts', 'src/temporal-ui.ts', 'src/env-file.ts'],
  [
    'src/settings-error.ts',
    'src/settled.ts',
    'src/name-of-error.ts',
    'src/printable.ts',
    'src/address.ts',
    'src/version.ts',
    'src/tracing.ts',
    'src/temporal-obstacle.ts',
  ],
];

/** What runs in the sandbox of workflows. A type is gone when it is compiled. */
const SANDBOX =
  '^(workflows/|src/(contract|flow-control|progress)/|src/invitations/(pace|queue)\\.ts|src/report/(all-undone|headline|leavers|next-steps)\\.ts|src/notify/(rules|needs)\\.ts|src/telemetry/metrics\\.ts|src/(format|shell)\\.ts)';
const SANDBOX_PACKAGES = '^node_modules/(@temporalio/(workflow|common)|zod)/';

const pathOf = (/** @type {string[]} */ rooms) => `^(${rooms.join('|')})(/|$)`;

const upwards = FLOORS.slice(1).map((rooms, i) => ({
  name: `no-import-up-from-${rooms.at(-1)?.replace(/^src\/|\.ts$/g, '')}`,
  comment: 'A room imports only the rooms below it: move what is shared down.',
  severity: 'error',
  from: { path: pathOf(rooms) },
  to: { path: pathOf(FLOORS.slice(0, i + 1).flat()) },
}));

const sideways = FLOORS.filter((rooms) => rooms.length > 1).flatMap((rooms) =>
  rooms.map((room) => ({
    name: `no-import-sideways-from-${room.replace(/^src\//, '')}`,
    comment: 'Rooms of one floor do not know each other: move what is shared down.',
    severity: 'error',
    from: { path: pathOf([room]) },
    to: { path: pathOf(rooms.filter((other) => other !== room)) },
  })),
);

export default {
  forbidden: [
    ...upwards,
    ...sideways,
    {
      name: 'no-circle',
      comment: 'Files of a circle cannot be read, tested or moved one by one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure-state-of-workflows',
      comment:
        'The state of a workflow is tested in milliseconds, without Temporal: pass the time in.',
      severity: 'error',
      from: {
        path: '^workflows/([^/]+/(state|commands|progress)|shared/(notices|pausing|window-step))\\.ts$',
      },
      to: { path: '^node_modules/@temporalio/' },
    },
    {
      name: 'sandbox-of-workflows',
      comment:
        'Workflows, and all that they import, are replayed in a sandbox without Node: do it in an activity.',
      severity: 'error',
      from: { path: SANDBOX },
      to: { pathNot: `${SANDBOX}|${SANDBOX_PACKAGES}`, dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
