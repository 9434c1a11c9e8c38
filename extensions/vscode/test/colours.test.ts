import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ON_PERSON, PERSON_FILLS } from '../src/members/fills.js';
import { PERSON_COLOURS } from '../src/members/members.js';

const style = readFileSync(new URL('../../../../../src/members/colours.css', import.meta.url), 'utf8');

/** The light and the dark value of a variable. */
function pair(pattern: RegExp): [string, string] {
  const found = style.match(pattern);
  assert.ok(found, String(pattern));
  return [found[1]!, found[2]!];
}

/** The contrast of two colours, as WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const LIGHT_DARK = 'light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)';

describe('Colours of people', () => {
  // The editor's background in VS Code's default themes.
  const papers = ['#ffffff', '#1f1f1f'];
  const inks = pair(new RegExp(`--on-person: ${LIGHT_DARK}`));

  it('are readable as names and visible as carets, in light and dark themes', () => {
    for (let colour = 0; colour < PERSON_COLOURS; colour += 1) {
      pair(new RegExp(`\\.person-${colour} \\{ --person: ${LIGHT_DARK}`)).forEach((person, scheme) => {
        assert.ok(contrast(person, inks[scheme]!) >= 4.5, `name of person ${colour}: ${contrast(person, inks[scheme]!)}`);
        assert.ok(contrast(person, papers[scheme]!) >= 3, `caret of person ${colour}: ${contrast(person, papers[scheme]!)}`);
      });
    }
  });

  it('are the same in the style sheet and in what VS Code draws itself', () => {
    const styled = Array.from({ length: PERSON_COLOURS }, (_, colour) => pair(new RegExp(`\\.person-${colour} \\{ --person: ${LIGHT_DARK}`)));
    assert.deepEqual(PERSON_FILLS, styled);
    assert.deepEqual([ON_PERSON.light, ON_PERSON.dark], inks);
  });
});
