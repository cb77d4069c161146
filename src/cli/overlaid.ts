/** Parts of an import's input over others: what the options say over a mapping file, and both over a run's settings. */
import type { ImportRequest } from '../contract/import/input.js';
import { mergeMappings, type GivenMapping } from '../identity/merge-mappings.js';

export type PartOfRequest = Partial<ImportRequest>;

/** What `over` says comes first; what it says of one column leaves what `base` says of the others. */
export function overlaid(base: PartOfRequest, over: PartOfRequest): PartOfRequest {
  const { csv, invitations, missing } = { ...base, ...over };
  const { columns = {}, values = {}, defaults = {} } = base as Partial<GivenMapping>;
  return {
    ...base,
    ...over,
    ...(csv && { csv: { ...base.csv, ...over.csv } }),
    ...(invitations && { invitations: { ...base.invitations, ...over.invitations } }),
    ...(missing && { missing: { ...base.missing, ...over.missing } }),
    ...mergeMappings(over as Partial<GivenMapping>, { columns, values, defaults }),
  };
}
