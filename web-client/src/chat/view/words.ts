const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MONEY = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** A number of tokens: `950`, `12.3K`. */
export function count(tokens: number): string {
  return tokens < 1_000 ? NUMBERS.format(tokens) : COMPACT.format(tokens);
}

/** An amount in the currency of the models file. */
export function money(amount: number): string {
  return MONEY.format(amount);
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** When something was, for people: `5 minutes ago`, `yesterday`. */
export function ago(time: string, now = Date.now()): string {
  const passed = now - Date.parse(time);
  for (const [unit, milliseconds] of UNITS) if (passed >= milliseconds) return RELATIVE.format(-Math.floor(passed / milliseconds), unit);
  return 'just now';
}
