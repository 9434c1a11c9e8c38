/** The colours of people by their number, on a light and on a dark background: those of `colours.css`. */
export const PERSON_FILLS: readonly (readonly [light: string, dark: string])[] = [
  ['#b3402a', '#f0937f'],
  ['#2f6bb5', '#86b4f0'],
  ['#7d4fae', '#c3a0ea'],
  ['#8a5c0c', '#e0b25a'],
  ['#1f7563', '#6fcbb2'],
  ['#a83a70', '#ee93bf'],
  ['#4d6d21', '#a8cf72'],
  ['#5560c4', '#aab2f5'],
];
/** Text on such a colour. */
export const ON_PERSON = { light: '#ffffff', dark: '#14171c' } as const;
