// The names in the results, for the measurements and for the tables.
export const OWN = 'this project';
export const LOOP = 'bare loop';
export const RECIPE = 'recipe';
export const KRATOS_IMPORT = 'kratos import';
export const KRATOS_IMPORT_RANDOM = 'kratos import, random passwords';

export const FRESH = 'fresh';
export const AGAIN = 'again, skip';
export const UPDATE = 'again, update of a tenth';
