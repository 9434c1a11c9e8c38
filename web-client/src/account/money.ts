/** Small amounts have more digits. */
const [LARGE, SMALL] = [2, 4].map((digits) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })) as [Intl.NumberFormat, Intl.NumberFormat];

/** An amount in the currency of the models' prices, for people. */
export function money(amount: number): string {
  return (amount === 0 || amount >= 1 ? LARGE : SMALL).format(amount);
}
