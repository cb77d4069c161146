import { expect, it } from 'vitest';
import { recordableVersion, releasedVersions } from '../../support/releases.js';
import { VERSION } from '../../../src/version.js';

const changelog = (...versions: string[]): string =>
  ['# Changelog', '## [Unreleased]', '### Added', ...versions.map((v) => `## [${v}] - 2027-01-31`)]
    .map((line) => `${line}\n`)
    .join('\n');

it('versions with a heading of their own are released', () => {
  expect(releasedVersions(changelog())).toEqual([]);
  expect(releasedVersions(changelog('1.2.0-rc.1', '1.1.0'))).toEqual(['1.2.0-rc.1', '1.1.0']);
});

it('what is kept of a released version is not recorded again', () => {
  expect(recordableVersion(changelog('0.0.1'))).toBe(VERSION);
  expect(() => recordableVersion(changelog(VERSION, '0.0.1'))).toThrow(`${VERSION} is released`);
});
