// The names in the results, for the measurements and for the tables.
export const OWN = 'this project';
export const LOOP = 'bare loop';
export const RECIPE = 'recipe';
export const KRATOS_IMPORT = 'kratos import';
export const KRATOS_IMPORT_RANDOM = 'kratos import, random passwords';

export const NONE = 'no passwords';
export const THIRD = 'a third with a password';
export const ALL = 'all with a password';

export const FRESH = 'fresh';
export const AGAIN = 'again, skip';
export const UPDATE_TENTH = 'again, update of a tenth';
export const UPDATE_ALL = 'again, update of every row';
export const UNDO = 'undo';
