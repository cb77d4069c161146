import { describe, expect, it } from 'vitest';
import { openerOf } from '../../../src/cli/open-page.js';

describe('a page is opened', () => {
  it('by the program that the desktop has for it', () => {
    expect(openerOf('/p', 'darwin', {})).toEqual(['open', ['/p']]);
    expect(openerOf('/p', 'linux', { DISPLAY: ':0' })).toEqual(['xdg-open', ['/p']]);
    expect(openerOf('/p', 'linux', { WAYLAND_DISPLAY: 'w' })).toEqual(['xdg-open', ['/p']]);
  });

  it('nowhere but on a desktop', () => {
    expect(openerOf('/p', 'linux', {})).toBeUndefined();
    expect(openerOf('/p', 'darwin', { SSH_CONNECTION: 'x' })).toBeUndefined();
  });
});
