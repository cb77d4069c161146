/**
 * What is to be known of a cell that is not visible ASCII alone. Where values are compared by their characters, one that
 * nobody can see or type costs the row; elsewhere it is only noted.
 */
import type { RowProblem, WarningCode } from '../contract/codes.js';
import {
  hasLookAlike,
  invisibleIn,
  isMojibake,
  replacementIn,
  typedForm,
  untypedBlankIn,
  type FoundCharacter,
} from '../identity/characters.js';

interface CharacterFindings {
  /** The reasons lack their beginning, the name of the column. */
  refused: RowProblem[];
  notes: WarningCode[];
}

/** Of a value by which users, roles, tenants or states are found. */
export function charactersOfKey(text: string): CharacterFindings {
  const refused: RowProblem[] = [];
  const refuse = (
    code: RowProblem['code'],
    character: FoundCharacter | undefined,
    what: string,
  ) => {
    if (!character) return;
    const { name, place } = character;
    refused.push({ code, reason: `holds ${name} as character ${place}, which ${what}` });
  };
  const invisible = invisibleIn(text) ?? untypedBlankIn(text);
  refuse('invisible_character', invisible, 'nobody can see or type');
  refuse('replacement_character', replacementIn(text), 'stands for one that was lost');
  const notes = mojibakeNote(text);
  if (hasLookAlike(text)) notes.push('look_alike_character');
  return { refused, notes };
}

/** @param isTyped whether users have to type it, as they do a password */
export function charactersOfText(text: string, isTyped: boolean): CharacterFindings {
  const notes = mojibakeNote(text);
  const isHidden = invisibleIn(text) ?? (isTyped ? untypedBlankIn(text) : undefined);
  if (isHidden) notes.push('invisible_character');
  const isTypedOtherwise = isTyped && (typedForm(text) !== text || hasLookAlike(text));
  if (!isHidden && isTypedOtherwise) notes.push('look_alike_character');
  if (replacementIn(text)) notes.push('replacement_character');
  return { refused: [], notes };
}

function mojibakeNote(text: string): WarningCode[] {
  return isMojibake(text) ? ['mojibake'] : [];
}
